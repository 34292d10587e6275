"""The page of the numbers that an account blocks."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from rooms import phones
from rooms.accounts import blocked
from rooms.accounts.access import MemberRequest, member
from rooms.accounts.models import BlockedNumber

PAGE_SIZE = 50


class BlockForm(forms.ModelForm):  # type: ignore[type-arg]
    number = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "off", "placeholder": "+34 600 123 456"}
        ),
        help_text=gettext_lazy("With its country code. The list shows it masked."),
    )

    class Meta:
        model = BlockedNumber
        fields = ("number", "note")
        labels = {"note": gettext_lazy("Note")}
        widgets = {"note": forms.TextInput(attrs={"autocomplete": "off"})}
        help_texts = {"note": gettext_lazy("Why, or whose it is. Callers never hear it.")}

    def clean_number(self) -> str:
        return phones.parse(self.cleaned_data["number"])

    def validate_unique(self) -> None:
        """`block` finds out, whoever blocks the same at the same time."""


@member
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def numbers(request: MemberRequest) -> HttpResponse:
    account = request.membership.account
    form = BlockForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = form.cleaned_data
        try:
            row = blocked.block(account, **given, by=request.membership.user)
            messages.success(request, _("%(number)s is blocked.") % {"number": row})
            return redirect("blocked:numbers")
        except ValidationError as error:
            form.add_error(None, error)
    rows = BlockedNumber.objects.filter(account=account).select_related("by")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "people/blocked.html", {"page": page, "form": form})


@member
@require_POST
def unblock(request: MemberRequest, number_id: str) -> HttpResponse:
    account = request.membership.account
    row = get_object_or_404(BlockedNumber, account=account, pk=number_id)
    blocked.unblock(row)
    messages.success(request, _("%(number)s may enter again.") % {"number": row})
    return redirect("blocked:numbers")
