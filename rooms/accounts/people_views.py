"""The pages of the people list."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from rooms.accounts import people, people_csv, people_import, people_vcard
from rooms.accounts.access import MemberRequest, member
from rooms.accounts.models import Person
from rooms.accounts.people_forms import ImportForm, PersonForm

PAGE_SIZE = 50
SEARCH_FROM = 8  # fewer people than this are seen at a glance
MOST_SHOWN = 500  # lines of an import, of each kind

form_page = require_http_methods(["GET", "HEAD", "POST"])


def people_of(request: MemberRequest) -> "QuerySet[Person]":
    return Person.objects.filter(account=request.membership.account)


@member
@never_cache
@require_safe
def person_list(request: MemberRequest) -> HttpResponse:
    sought = request.GET.get("q", "").replace("\0", "").strip()
    found = people.search(people_of(request), sought)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    searchable = bool(sought) or page.paginator.count >= SEARCH_FROM
    context = {"page": page, "sought": sought, "searchable": searchable}
    return render(request, "people/list.html", context)


@member
@form_page
def make(request: MemberRequest) -> HttpResponse:
    account = request.membership.account
    form = PersonForm(account, request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            person = people.make(account, **form.cleaned_data)
            messages.success(request, _("%(name)s is on the list.") % {"name": person})
            return redirect("people:list")
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "people/person.html", {"form": form})


@member
@never_cache
@form_page
def edit(request: MemberRequest, person_id: str) -> HttpResponse:
    person = get_object_or_404(people_of(request), pk=person_id)
    account, shown = request.membership.account, str(person)
    form = PersonForm(account, request.POST or None, label_suffix="", instance=person)
    if request.method == "POST" and form.is_valid():
        try:
            people.change(person, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("people:list")
        except ValidationError as error:
            form.add_error(None, error)
    context = {"form": form, "person": person, "shown": shown}
    return render(request, "people/person.html", context)


@member
@form_page
def remove(request: MemberRequest, person_id: str) -> HttpResponse:
    person = get_object_or_404(people_of(request), pk=person_id)
    if request.method == "POST":
        people.remove(person)
        messages.success(request, _("%(name)s is off the list.") % {"name": person})
        return redirect("people:list")
    return render(request, "people/remove.html", {"person": person})


@member
@form_page
def bring_in(request: MemberRequest) -> HttpResponse:
    """Import a file; the page then says what became of each line."""
    account = request.membership.account
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ImportForm(account, *data, label_suffix="")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        options = {"update": given["update"], "country": given["country"]}
        try:
            result = people_import.take(account, given["file"], **options)
            context = {"result": result, "update": given["update"], "most": MOST_SHOWN}
            return render(request, "people/imported.html", context)
        except ValidationError as error:
            form.add_error("file", error)
    columns = ", ".join(people_csv.HEADER)
    return render(request, "people/import.html", {"form": form, "columns": columns})


@member
@never_cache
@require_safe
def export(request: MemberRequest, format: str) -> Any:
    """The whole list as a file, numbers unmasked: it is the account's own."""
    found: Iterable[Person] = people_of(request).iterator(chunk_size=1000)
    if format == "csv":
        lines, kind = people_csv.write(found), "text/csv; charset=utf-8"
    elif format == "vcf":
        lines, kind = people_vcard.write(found), "text/vcard; charset=utf-8"
    else:
        raise Http404
    name = f"people-{timezone.localdate():%Y-%m-%d}.{format}"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type=kind, headers=disposition)
