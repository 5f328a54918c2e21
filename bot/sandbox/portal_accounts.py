"""Routes about people and the portal itself: log-in, who am I, settings, connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.portal_call import Route
from bot.sandbox.portal_envelope import (
    ARGUMENT,
    AUTHENTICATION,
    NOT_FOUND,
    OUT_OF_RANGE,
    JsonObject,
    Refusal,
)
from bot.sandbox.portal_names import date
from bot.sandbox.portal_sessions import YEAR
from bot.sandbox.portal_words import Words

if TYPE_CHECKING:
    from bot.sandbox.portal_call import Call
    from bot.sandbox.portal_model import Person
    from bot.sandbox.portal_sessions import Session

CRM_ITEM = "6743007c-6f95-4d20-8c88-a8601ce5e76d"
DOCUMENTS_ITEM = "e67be73d-f9ae-4ce1-8fec-1880cb518cb4"
GUID = "[0-9a-fA-F-]{36}"
SETUP_KEY = "JBSWY3DPEHPK3PXP"
VERSION = "12.7.1"


# logging in


def authenticate(call: Call) -> JsonObject:
    """First step: password; people with two factors get no key yet."""
    person = _by_password(call)
    match person.tfa:
        case "sms":
            return _sms(call, person)
        case "app":
            setup = {} if person.authenticator else {"tfaKey": SETUP_KEY}
            return {"token": None, "tfa": True, **setup}
        case _:
            return _key(call, person)


def second_step(call: Call) -> JsonObject:
    person = _by_password(call)
    if person.tfa is None or call.params.needed("code") != person.code:
        _count(call)
        raise _failed()
    person.authenticator = True
    return {**_key(call, person), person.tfa if person.tfa == "sms" else "tfa": True}


def set_phone(call: Call) -> JsonObject:
    person = _by_password(call)
    person.phone = call.params.text("mobilePhone") or ""
    return _sms(call, person)


def send_sms(call: Call) -> JsonObject:
    return _sms(call, _by_password(call))


def _by_password(call: Call) -> Person:
    login = call.params.text("userName") or ""
    _count(call)
    person = call.data.login(login)
    password = call.params.text("password") or ""
    blocked = call.data.state == "ip" and not (person and person.owner)
    if not person or not password or person.password != password or blocked:
        raise _failed()
    call.data.lockout.good(login, call.ip)
    return person


def _count(call: Call) -> None:
    if not call.data.lockout.try_(call.params.text("userName") or "", call.ip):
        raise Refusal(AUTHENTICATION, "Login Fail. Too many attempts")


def _failed() -> Refusal:
    return Refusal(AUTHENTICATION, "User authentication failed")


def _key(call: Call, person: Person) -> JsonObject:
    session = call.data.sessions.start(person)
    session.ip = call.ip
    return {"token": session.token, "expires": date(session.expires, call.data.offset)}


def _sms(call: Call, person: Person) -> JsonObject:
    if person.tfa != "sms":
        raise _failed()
    if not person.phone:
        return {"token": None, "sms": True}
    noise = person.phone[:2] + "*" * (len(person.phone) - 4) + person.phone[-2:]
    expires = date(call.data.clock() + YEAR, call.data.offset)
    return {"token": None, "sms": True, "phoneNoise": noise, "expires": expires}


# people


def myself(call: Call) -> JsonObject:
    return profile(call, call.person)


def by_email(call: Call) -> JsonObject:
    wanted = (call.params.text("email") or "").lower()
    for person in call.data.people.values():
        if person.email.lower() == wanted:
            return profile(call, person)
    raise Refusal(NOT_FOUND, Words.NO_USER.to(call.person))


def profile(call: Call, person: Person) -> JsonObject:
    """Write a person in full."""
    first, _, last = person.name.partition(" ")
    photo = "/skins/default/images/default_user_photo_size_48-48.png"
    return {
        **call.wire.who(person),
        "userName": person.user_name,
        "isVisitor": person.guest,
        "firstName": first,
        "lastName": last,
        "email": person.email,
        "status": 2 if person.disabled else 1,
        "activationStatus": 1,
        "terminated": None,
        "mobilePhone": person.phone if person.tfa == "sms" else "",
        "avatarMedium": photo,
        "avatar": photo,
        "isAdmin": person.owner,
        "isLDAP": False,
        **({"listAdminModules": ["crm"]} if person.crm_admin else {}),
        "isOwner": person.owner,
        "cultureName": "de-DE" if person.language == "de" else "en-US",
        "isSSO": False,
        "quotaLimit": 0,
        "usedSpace": 0,
    }


# connections


def connections(call: Call) -> JsonObject:
    """List log-ins; only a cookie tells which of them is asking."""
    sessions = call.data.sessions.of(call.person)
    mine = call.session.id if call.session else 0
    return {"items": [_connection(call, one) for one in sessions], "loginEvent": mine}


def _connection(call: Call, session: Session) -> JsonObject:
    return {
        "id": session.id,
        "userId": session.person.id,
        "ip": session.ip,
        "browser": "",
        "platform": "",
        "date": call.wire.date(session.since),
        "page": "",
    }


def log_out(call: Call) -> bool:
    """End one log-in; whatever goes wrong is `false`."""
    wanted = call.params.number("event")
    for session in call.data.sessions.of(call.person):
        if session.id == wanted:
            call.data.sessions.end(session)
            return True
    return False


# the portal


def capabilities(call: Call) -> JsonObject:
    del call  # the answer is the same for everybody
    return {
        "ldapEnabled": False,
        "oauthEnabled": False,
        "providers": [],
        "ssoLabel": "",
        "ssoUrl": "",
    }


def version(call: Call) -> JsonObject:
    del call
    return {"communityServer": VERSION}


def settings(call: Call) -> JsonObject:
    offset = call.data.offset
    return {
        "timezone": "Custom",
        "trustedDomains": [],
        "trustedDomainsType": 0,
        "culture": "en-US",
        "utcOffset": str(offset),
        "utcHoursOffset": offset.total_seconds() / 3600,
    }


def module_open(call: Call) -> bool:
    """Tell whether a module is open to the caller, without a refusal."""
    wanted = call.params.needed("item").lower()
    if wanted == CRM_ITEM:
        return call.person.may_use_crm
    if wanted == DOCUMENTS_ITEM:
        return call.person.documents
    raise Refusal(ARGUMENT, OUT_OF_RANGE)


def quota(call: Call) -> JsonObject:
    store, people = call.data.store, call.data.people
    used = store.storage.total if store.storage.full else store.used
    return {
        "storageSize": store.storage.total,
        "maxFileSize": store.storage.largest_file,
        "usedSize": used,
        "maxUsersCount": 100,
        "usersCount": len(people),
        "availableSize": max(0, store.storage.total - used),
        "availableUsersCount": max(0, 100 - len(people)),
        "storageUsage": [{"path": "Documents", "size": used}],
        "userStorageSize": 0,
        "userUsedSize": 0,
        "userAvailableSize": 0,
        "maxVisitors": 100,
        "visitorsCount": sum(person.guest for person in people.values()),
    }


ROUTES = (
    Route("POST", "authentication", authenticate, anonymous=True),
    Route("POST", "authentication/setphone", set_phone, anonymous=True),
    Route("POST", "authentication/sendsms", send_sms, anonymous=True),
    Route("POST", "authentication/(?P<code>[^/]+)", second_step, anonymous=True),
    Route("GET", "capabilities", capabilities, anonymous=True),
    Route("GET", "settings/version/build", version, anonymous=True),
    Route("GET", "settings", settings),
    Route("GET", f"settings/security/(?P<item>{GUID})", module_open),
    Route("GET", "settings/quota", quota),
    Route("GET", "people/@self", myself),
    Route("GET", "people/email", by_email),
    Route("GET", "security/activeconnections", connections),
    Route("PUT", "security/activeconnections/logout/(?P<event>[0-9]+)", log_out),
)
