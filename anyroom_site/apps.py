from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "anyroom_site"
    verbose_name = "AnyRoom"
