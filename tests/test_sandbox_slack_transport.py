"""Deliveries of the sandbox Slack are signed, take turns, and survive reconnecting."""

from __future__ import annotations

from tests.slack_bot import make_bot, plugged, served


async def test_http_requests_are_signed_and_a_wrong_one_is_refused(slack):
    bot = make_bot(slack)
    async with served(bot):
        good = await slack.signed_request(b"command=%2Fattach&text=help")
        late = await slack.signed_request(b"command=%2Fattach&text=help", timestamp="1")
        forged = await slack.signed_request(b"command=%2Fattach&text=help", secret="x")
        bare = await slack.signed_request(b"{}", {"X-Slack-Signature": "v0=00"})
        challenge = await slack.verify_url("abc")

    assert [ack.status for ack in (good, late, forged, bare)] == [200, 401, 401, 401]
    assert challenge.body == {"challenge": "abc"}


async def test_nobody_at_home_is_a_failed_delivery(slack):
    over_sockets = await slack.command("help")
    slack.deliver_to = f"{slack.url}/nowhere"
    over_http = await slack.command("help")

    assert (over_sockets.ack.trouble, over_http.ack.status) == ("no connection", 404)


async def test_each_delivery_goes_to_one_connection_in_turn(slack):
    one, other = make_bot(slack), make_bot(slack)
    async with plugged(one), plugged(other):
        await slack.connected(2)
        for _ in range(4):
            await slack.command("help")

    assert (len(one.heard), len(other.heard)) == (2, 2)


async def test_a_refreshed_connection_comes_back(slack):
    bot = make_bot(slack)
    async with plugged(bot, count=2):
        await slack.disconnect("refresh_requested", count=1)
        await slack.connected(2)
        exchange = await slack.command("help")

    assert exchange.ack.status == 200
    assert [call.method for call in slack.calls].count("apps.connections.open") == 3


async def test_a_warned_connection_stays(slack):
    async with plugged(make_bot(slack)):
        await slack.disconnect("warning")

        assert slack.connections == 1


async def test_a_broken_connection_comes_back(slack):
    bot = make_bot(slack)
    async with plugged(bot):
        slack.cut()
        await slack.until(lambda: slack.connections == 0)
        await slack.connected()
        exchange = await slack.command("help")

    assert exchange.ack.status == 200
