"""All facts of a pair, before any of it is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.packs.hiring.candidates import CandidateProfileGenerator
from treadle.packs.hiring.careers import Careers
from treadle.packs.hiring.credentials import credentials
from treadle.packs.hiring.jobs import JobDescriptionGenerator
from treadle.packs.hiring.people import people
from treadle.packs.hiring.targets import targets

if TYPE_CHECKING:
    from treadle import Field
    from treadle.packs.hiring.settings import Settings
    from treadle.packs.hiring.taxonomy import TechSkillsTaxonomy
    from treadle.packs.hiring.user_posts import UserPosts


def facts(taxonomy: TechSkillsTaxonomy, settings: Settings, posts: UserPosts | None = None) -> dict[str, Field]:
    """Return the fields of a post (a user's own, where there are such), a candidate, the person, and their career."""
    return {
        **targets(settings),
        **(posts or JobDescriptionGenerator(taxonomy, settings)).fields(),
        **CandidateProfileGenerator(taxonomy, settings).fields(),
        **people(settings),
        **Careers(taxonomy, settings).fields(),
        **credentials(taxonomy),
    }
