"""The words of attachbot as types: frozen, pure, the same in code, Slack, docs and logs."""

from __future__ import annotations

from bot.domain.files import (
    FileId as FileId,
)
from bot.domain.files import (
    FileMark as FileMark,
)
from bot.domain.files import (
    Place as Place,
)
from bot.domain.files import (
    PortalFile as PortalFile,
)
from bot.domain.filings import (
    FINAL as FINAL,
)
from bot.domain.filings import (
    Answer as Answer,
)
from bot.domain.filings import (
    Attempt as Attempt,
)
from bot.domain.filings import (
    Filing as Filing,
)
from bot.domain.filings import (
    FilingState as FilingState,
)
from bot.domain.filings import (
    LateLook as LateLook,
)
from bot.domain.filings import (
    Purpose as Purpose,
)
from bot.domain.filings import (
    WaitingFor as WaitingFor,
)
from bot.domain.filings import (
    undo_wish as undo_wish,
)
from bot.domain.items import (
    MOST_FILES as MOST_FILES,
)
from bot.domain.items import (
    Failure as Failure,
)
from bot.domain.items import (
    Item as Item,
)
from bot.domain.items import (
    ItemState as ItemState,
)
from bot.domain.items import (
    SharedFile as SharedFile,
)
from bot.domain.items import (
    Source as Source,
)
from bot.domain.items import (
    Underway as Underway,
)
from bot.domain.items import (
    WrittenFile as WrittenFile,
)
from bot.domain.messages import (
    Block as Block,
)
from bot.domain.messages import (
    Message as Message,
)
from bot.domain.messages import (
    View as View,
)
from bot.domain.records import (
    HIGHEST_ID as HIGHEST_ID,
)
from bot.domain.records import (
    Clock as Clock,
)
from bot.domain.records import (
    Entity as Entity,
)
from bot.domain.records import (
    EntityName as EntityName,
)
from bot.domain.records import (
    EntityRef as EntityRef,
)
from bot.domain.records import (
    EntityType as EntityType,
)
from bot.domain.records import (
    PortalUrl as PortalUrl,
)
from bot.domain.records import (
    Record as Record,
)
from bot.domain.records import (
    SlackUser as SlackUser,
)
from bot.domain.records import (
    UntypedNumber as UntypedNumber,
)
from bot.domain.undoing import (
    Doubt as Doubt,
)
from bot.domain.undoing import (
    Removal as Removal,
)
from bot.domain.undoing import (
    Stand as Stand,
)
from bot.domain.undoing import (
    Undo as Undo,
)
