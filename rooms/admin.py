"""The operator's view of the core: numbers can be set up here, the rest is to be looked at."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from rooms.accounts import countries
from rooms.accounts.models import Account, ApiKey, Membership, Person, User
from rooms.conferences.models import Conference, Participant
from rooms.models import PhoneNumber, Room
from rooms.notices.models import Notice
from rooms.phones import country, masked, parse


class LookOnly(ModelAdmin):
    """Rows that the service itself writes; changing them by hand would break what follows."""

    show_full_result_count = False  # counting a million rows takes longer than showing fifty

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PhoneNumberForm(forms.ModelForm[PhoneNumber]):
    class Meta:
        model = PhoneNumber
        fields = ("number", "country", "label", "language", "account", "room", "active")
        help_texts = {
            "number": _("With the country code, as +34 600 123 456."),
            "country": _("Two letters, as ES for Spain. Empty: that of the number."),
        }

    def clean_number(self) -> str:
        return parse(self.cleaned_data["number"])

    def clean_country(self) -> str:
        """The country of the number where none is given."""
        given = str(self.cleaned_data["country"]).upper()
        if given and not countries.name(given):
            raise forms.ValidationError(_("Write the two letters of ISO 3166, as ES for Spain."))
        return given or country(self.cleaned_data.get("number", self.instance.number))

    def clean(self) -> dict[str, Any] | None:
        """A number belongs to a room or to an account."""
        fields = super().clean()
        if fields and fields.get("room") and fields.get("account"):
            raise forms.ValidationError(_("Choose a room or an account, not both."))
        return fields


@admin.register(PhoneNumber)
class PhoneNumberAdmin(ModelAdmin):
    form = PhoneNumberForm
    list_display = ("number", "country", "label", "language", "account", "room", "active")
    list_filter = ("active", "language")
    autocomplete_fields = ("account", "room")
    search_fields = ("number", "label")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # It is the row's key: changed, it would be a second number. Switch this one off instead.
        return ("number",) if obj else ()


@admin.register(Room)
class RoomAdmin(LookOnly):
    list_display = ("name", "account", "people_in", "created_at", "archived_at")
    list_select_related = ("account",)
    search_fields = ("=id", "=access_code", "name")
    exclude = ("public_token", "access_code", "host_pin", "guest_pin")  # who has these comes in


class MembershipInline(TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Account)
class AccountAdmin(LookOnly):
    list_display = ("name", "hosting_until", "created_at")
    search_fields = ("=id", "name")
    inlines = (MembershipInline,)


@admin.register(User)
class UserAdmin(LookOnly):
    list_display = ("email", "name", "is_active", "date_joined", "last_login")
    search_fields = ("=id", "email", "name")
    exclude = ("password",)


@admin.register(ApiKey)
class ApiKeyAdmin(LookOnly):
    list_display = ("name", "account", "hint", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("account",)


@admin.register(Person)
class PersonAdmin(LookOnly):
    list_display = ("name", "email", "masked_phone", "account", "created_at")
    list_select_related = ("account",)
    search_fields = ("=id", "=email", "=phone")
    exclude = ("phone",)
    readonly_fields = ("masked_phone",)

    @admin.display(description=_("phone"))
    def masked_phone(self, person: Person) -> str:
        return masked(person.phone)


@admin.register(Conference)
class ConferenceAdmin(LookOnly):
    list_display = ("id", "room", "started_at", "ended_at")
    list_select_related = ("room",)
    search_fields = ("=id", "=room__id")


@admin.register(Participant)
class ParticipantAdmin(LookOnly):
    list_display = ("id", "masked_caller", "room", "joined_at", "confirmed_at", "left_at")
    list_select_related = ("room",)
    search_fields = ("=id", "=call", "=caller")
    exclude = ("caller",)
    readonly_fields = ("masked_caller",)

    @admin.display(description=_("caller"))
    def masked_caller(self, stay: Participant) -> str:
        return masked(stay.caller)


@admin.register(Notice)
class NoticeAdmin(LookOnly):
    list_display = ("subject", "address", "channel", "status", "attempts", "due_at", "error")
    list_filter = ("status", "channel", "kind")
    exclude = ("text",)  # a letter's may hold a link that lets somebody in
    search_fields = ("=id", "=address")
