from django.urls import path

from rooms.accounts import member_views, own_views, views

app_name = "accounts"
urlpatterns = [
    path("", views.settings, name="account"),
    path("close/", views.close, name="close"),
    path("start/", own_views.start, name="start"),
    path("you/", own_views.you, name="you"),
    path("you/phone/", own_views.phone, name="phone"),
    path("you/phone/remove/", own_views.remove_phone, name="remove_phone"),
    path("you/phone/code/", own_views.phone_code, name="phone_code"),
    path("switch/", own_views.switch, name="switch"),
    path("keys/", views.keys, name="keys"),
    path("keys/<slug:key_id>/revoke/", views.revoke_key, name="revoke_key"),
    path("members/", member_views.member_list, name="members"),
    path("members/leave/", member_views.leave, name="leave"),
    path("members/invite/", member_views.invite, name="invite"),
    path("members/<slug:member_id>/role/", member_views.change_role, name="change_role"),
    path("members/<slug:member_id>/remove/", member_views.remove, name="remove_member"),
    path("invitations/<slug:invitation_id>/accept/", own_views.accept, name="accept"),
    path("invitations/<slug:invitation_id>/withdraw/", member_views.withdraw, name="withdraw"),
    path("invitations/<slug:invitation_id>/again/", member_views.send_again, name="send_again"),
]
