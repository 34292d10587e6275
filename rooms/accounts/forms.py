"""Forms of the accounts' pages."""

from django import forms


class SignupForm(forms.Form):
    """What sign-up asks beside e-mail and password: nothing yet (allauth finds it by name)."""

    def signup(self, request: object, user: object) -> None:
        """allauth requires the method; the account is made in `signup.py`."""
