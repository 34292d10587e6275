"""Pages on which a person is erased: who, what would go, and the receipts of it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rooms import phones
from rooms.accounts import erasing
from rooms.accounts.access import MemberRequest, manager
from rooms.accounts.erasure_api import ErasureSerializer
from rooms.accounts.models import Erasure, Person

PAGE_SIZE = 50


class WhoForm(forms.Form):
    """A number, an address or both."""

    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "off", "placeholder": "+34 600 123 456"}
        ),
        help_text=gettext_lazy("With its country code."),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def clean_phone(self) -> str:
        text = self.cleaned_data["phone"]
        return phones.parse(text) if text else ""

    def clean(self) -> dict[str, Any] | None:
        given = super().clean()
        if not self.errors and not any(self.cleaned_data.values()):
            raise forms.ValidationError(erasing.NobodyNamed.message)
        return given


@manager
@never_cache
@require_safe
def receipts(request: MemberRequest) -> HttpResponse:
    rows = Erasure.objects.filter(account=request.membership.account).select_related("by")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "erasures/list.html", {"page": page})


@manager
@never_cache
@sensitive_post_parameters("phone", "email")
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: MemberRequest) -> HttpResponse:
    """Who is to be erased; the answer shows what would go, and nothing is gone yet."""
    form = WhoForm(request.POST or None, initial=_known(request), label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            found = erasing.preview(request.membership.account, **form.cleaned_data)
            context = {"form": form, "kinds": erasing.KINDS, "kept": erasing.KEPT.values()}
            context["counts"] = counted(found.counts)
            return render(request, "erasures/preview.html", {**context, "found": found})
        except erasing.Refused as refused:
            form.add_error(None, str(refused))
    return render(request, "erasures/ask.html", {"form": form})


@manager
@sensitive_post_parameters("phone", "email")
@require_POST
def erase(request: MemberRequest) -> HttpResponse:
    """The preview was confirmed."""
    form = WhoForm(request.POST, label_suffix="")
    if form.is_valid():
        try:
            by = request.membership.user
            receipt = erasing.erase(request.membership.account, **form.cleaned_data, by=by)
            messages.success(request, _("Erased. This is the receipt."))
            return redirect("erasures:receipt", receipt.pk)
        except erasing.Refused as refused:
            form.add_error(None, str(refused))
    return render(request, "erasures/ask.html", {"form": form})


@manager
@never_cache
@require_safe
def receipt(request: MemberRequest, erasure_id: str) -> HttpResponse:
    row = _receipt(request, erasure_id)
    context = {"receipt": row, "counts": counted(row.counts), "kept": erasing.KEPT.values()}
    return render(request, "erasures/receipt.html", context)


@manager
@never_cache
@require_safe
def as_json(request: MemberRequest, erasure_id: str) -> HttpResponse:
    """The receipt as a file, in the API's shape."""
    row = _receipt(request, erasure_id)
    response = JsonResponse(ErasureSerializer(row).data, json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="{row.pk}.json"'
    return response


def counted(counts: dict[str, int]) -> list[tuple[str, int]]:
    """What was counted, in words and in the order of KINDS."""
    return [(str(label), counts[kind]) for kind, label in erasing.KINDS.items() if kind in counts]


def _known(request: MemberRequest) -> dict[str, str]:
    """What the people list knows of the person from whose page somebody came."""
    people = Person.objects.filter(account=request.membership.account)
    asked = request.GET.get("person", "").replace("\0", "")
    person = people.filter(pk=asked).first()
    return {"phone": person.phone, "email": person.email} if person else {}


def _receipt(request: MemberRequest, erasure_id: str) -> Erasure:
    rows = Erasure.objects.select_related("by", "account")
    return get_object_or_404(rows, account=request.membership.account, pk=erasure_id)
