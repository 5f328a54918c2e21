"""Environment variables and `.env`, made into one frozen Settings or into all problems."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING, Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot import setting_values as values
from bot.domain import PortalUrl

if TYPE_CHECKING:
    from pydantic_settings import PydanticBaseSettingsSource

PREFIX: Final = "ATTACHBOT_"
_MOST_SIGNING_SECRETS: Final = 2

Port = Annotated[int, Field(ge=0, le=65_535)]
Secrets = Annotated[tuple[SecretStr, ...], BeforeValidator(values.parts)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(values.network)]
Networks = Annotated[tuple[Network, ...], BeforeValidator(values.parts)]
Portals = Annotated[
    tuple[Annotated[PortalUrl, AfterValidator(values.portal)], ...], BeforeValidator(values.parts)
]
FileTypes = Annotated[
    frozenset[Annotated[str, AfterValidator(values.file_type)]], BeforeValidator(values.parts)
]


Conversations = Annotated[
    frozenset[Annotated[str, AfterValidator(values.conversation)]], BeforeValidator(values.parts)
]


class Settings(BaseSettings):
    """What the operator decides. The aliases are the variables, the descriptions their meaning."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", case_sensitive=True, hide_input_in_errors=True
    )

    bot_token: Annotated[SecretStr, values.token("xoxb-")] = Field(
        alias="SLACK_BOT_TOKEN", description="Bot token of the Slack app, `xoxb-...`"
    )
    app_token: Annotated[SecretStr, values.token("xapp-")] | None = Field(
        default=None,
        alias="SLACK_APP_TOKEN",
        description="App-level token, `xapp-...`; turns Socket Mode on",
    )
    signing_secrets: Secrets = Field(
        default=(),
        validate_default=True,
        alias="SLACK_SIGNING_SECRET",
        description="Signing secret, needed without an app token; two with a comma while rotating",
    )
    slack_api_url: Annotated[str, AfterValidator(values.slack_api)] = Field(
        default="https://slack.com/api/",
        alias="SLACK_API_URL",
        description="Base address of the Web API",
    )
    portal_networks: Networks = Field(
        default=(),
        alias="ATTACHBOT_PORTAL_ALLOWED_NETWORKS",
        description="Private networks that portals may live in, such as `10.1.0.0/16`; "
        "`http://` is allowed there",
    )
    portals: Portals = Field(
        alias="ATTACHBOT_PORTAL_URL",
        description="Public address of the portal; several with commas, the first is the default",
    )
    credential: Annotated[SecretStr | None, BeforeValidator(values.credential)] = Field(
        default=None,
        alias="CREDENTIALS_DIRECTORY",
        description="Set by systemd. Its credential `attachbot-secret-keys`, if there is one, is "
        "the key ring, whatever else is set",
    )
    secret_keys_file: Annotated[SecretStr, BeforeValidator(values.content)] | None = Field(
        default=None,
        alias="ATTACHBOT_SECRET_KEYS_FILE",
        description="Private file (mode 0400 or 0600) with the key ring",
    )
    secret_keys: SecretStr | None = Field(
        default=None,
        validate_default=True,
        alias="ATTACHBOT_SECRET_KEYS",
        description="Key ring in place of the file: base64 of 32 bytes each, newest first",
    )
    database_url: Annotated[str, AfterValidator(values.database)] = Field(
        default="sqlite:///attachbot.db",
        alias="ATTACHBOT_DATABASE_URL",
        description="Database file",
    )
    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        alias="ATTACHBOT_HOST",
        description="Address to listen at",
    )
    port: Port = Field(
        default=3000,
        alias="ATTACHBOT_PORT",
        description="Port for Slack's requests in HTTP mode; 0 takes any free one",
    )
    admin_port: Port = Field(
        default=9090,
        alias="ATTACHBOT_ADMIN_PORT",
        description="Port of `/healthz`, `/readyz` and `/metrics`; 0 turns it off",
    )
    public_url: Annotated[str, AfterValidator(values.own_site)] | None = Field(
        default=None,
        alias="ATTACHBOT_PUBLIC_URL",
        description="The bot's own `https://` address in HTTP mode; keys are taken on a page there",
    )
    connect_form: Annotated[bool, BeforeValidator(values.lower)] = Field(
        default=True,
        validate_default=True,
        alias="ATTACHBOT_CONNECT_FORM",
        description="Whether a form in Slack may take keys, too; `no` needs the page",
    )
    quarantine: int = Field(
        default=60,
        ge=10,
        alias="ATTACHBOT_QUARANTINE",
        description="Seconds before an attach without an answer may be repeated",
    )
    blocked_file_types: FileTypes = Field(
        default=frozenset(),
        alias="ATTACHBOT_BLOCKED_FILE_TYPES",
        description="Extensions that are never attached, such as `exe,bat`",
    )
    max_file_size: int | None = Field(
        default=None,
        ge=1,
        alias="ATTACHBOT_MAX_FILE_SIZE",
        description="Bytes of a file from Slack at most; without it, what the portal allows",
    )
    keep_request_minutes: int = Field(
        default=15,
        ge=15,
        le=1440,
        alias="ATTACHBOT_KEEP_REQUEST_MINUTES",
        description="Minutes that a request waits for its person",
    )
    keep_receipts_days: int = Field(
        default=30,
        ge=7,
        le=400,
        alias="ATTACHBOT_KEEP_RECEIPTS_DAYS",
        description="Days that finished requests are kept; failed ones at least 90",
    )
    keep_audit_days: int = Field(
        default=400,
        ge=90,
        le=4000,
        alias="ATTACHBOT_KEEP_AUDIT_DAYS",
        description="Days that the audit is kept",
    )
    requests_a_minute: int = Field(
        default=30,
        ge=1,
        le=10_000,
        alias="ATTACHBOT_REQUESTS_A_MINUTE",
        description="Requests of one person that begin in a minute; further ones begin later",
    )
    waiting_requests: int = Field(
        default=200,
        ge=10,
        le=10_000,
        alias="ATTACHBOT_WAITING_REQUESTS",
        description="Unfinished requests of one person; further ones are refused",
    )
    closed_channels: Conversations = Field(
        default=frozenset(),
        alias="ATTACHBOT_CLOSED_CHANNELS",
        description="Ids of channels where attaching is turned off, such as `C0123ABCD`",
    )
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], BeforeValidator(values.lower)
    ] = Field(default="info", alias="ATTACHBOT_LOG_LEVEL", description="Least level that is logged")
    log_format: Annotated[Literal["json", "text"], BeforeValidator(values.lower)] | None = Field(
        default=None,
        alias="ATTACHBOT_LOG_FORMAT",
        description="`json` or `text`; without it, text on a terminal",
    )

    @property
    def mode(self) -> Literal["socket", "http"]:
        return "socket" if self.app_token else "http"

    @property
    def key_ring(self) -> SecretStr:
        """The keys, wherever they came from, as they were written."""
        return self.credential or self.secret_keys_file or self.secret_keys or SecretStr("")

    @property
    def keep_request(self) -> timedelta:
        return timedelta(minutes=self.keep_request_minutes)

    @property
    def keep_receipts(self) -> timedelta:
        return timedelta(days=self.keep_receipts_days)

    @property
    def keep_audit(self) -> timedelta:
        return timedelta(days=self.keep_audit_days)

    @field_validator("signing_secrets")
    @classmethod
    def _enough_signing_secrets(
        cls, secrets: tuple[SecretStr, ...], info: ValidationInfo
    ) -> tuple[SecretStr, ...]:
        # an app token that is wrong is a problem of its own
        if not secrets and info.data.get("app_token", "wrong") is None:
            raise ValueError("is missing (or SLACK_APP_TOKEN, for Socket Mode)")
        if len(secrets) > _MOST_SIGNING_SECRETS:
            raise ValueError("must be one secret, or two while they are rotated")
        return secrets

    @field_validator("portals")
    @classmethod
    def _only_inside_by_plain_http(
        cls, portals: tuple[PortalUrl, ...], info: ValidationInfo
    ) -> tuple[PortalUrl, ...]:
        if not portals:
            raise ValueError("is missing")
        plain = [urlsplit(portal) for portal in portals if portal.startswith("http:")]
        networks = info.data.get("portal_networks")
        if networks is None or all(values.is_inside(url.hostname or "", networks) for url in plain):
            return tuple(dict.fromkeys(portals))
        raise ValueError(
            "must begin with https:// (plain http:// is for hosts inside "
            "ATTACHBOT_PORTAL_ALLOWED_NETWORKS)"
        )

    @field_validator("secret_keys")
    @classmethod
    def _one_key_ring(cls, keys: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        file = info.data.get("secret_keys_file", "wrong")
        if keys and file:
            raise ValueError("and ATTACHBOT_SECRET_KEYS_FILE are both set; keep one of them")
        if not keys and not file and not info.data.get("credential", "wrong"):
            raise ValueError("is missing (or ATTACHBOT_SECRET_KEYS_FILE)")
        return keys

    @field_validator("admin_port")
    @classmethod
    def _port_of_its_own(cls, port: int, info: ValidationInfo) -> int:
        listens = info.data.get("app_token") is None
        if port and listens and port == info.data.get("port"):
            raise ValueError("must differ from ATTACHBOT_PORT")
        return port

    @field_validator("public_url")
    @classmethod
    def _only_where_the_bot_listens(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url and info.data.get("app_token"):
            raise ValueError("needs HTTP mode; leave it out, or leave SLACK_APP_TOKEN out")
        return url

    @field_validator("connect_form")
    @classmethod
    def _some_way_to_connect(cls, allowed: bool, info: ValidationInfo) -> bool:  # noqa: FBT001  (as pydantic calls it)
        if not allowed and info.data.get("public_url", "wrong") is None:
            raise ValueError("may be `no` only with ATTACHBOT_PUBLIC_URL, whose page takes keys")
        return allowed

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take only what `load` hands over: it alone sees the variables that nobody knows."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)
