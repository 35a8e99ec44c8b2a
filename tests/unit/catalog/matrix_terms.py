"""The matrix, first part: territories, models, uses, and deals that grant nothing."""

from __future__ import annotations

from tests.unit.catalog.rights_cases import AGREED, case

OPEN = "Sub / OD : 2026-01-01.."
NOON = "2026-07-01T12:00+00:00"
DE = f"DE Sub OD {NOON}"
FR = f"FR Sub OD {NOON}"


def _here(codes: str, place: str, answer: str) -> tuple[str, str, str, str]:
    return (f"{codes or 'no territory'} asked from {place}", f"{codes} : {OPEN}",
            f"{place} Sub OD {NOON}", answer)  # fmt: skip


TERRITORIES = [case(*_here(*row)) for row in (
    ("Worldwide", "DE", "yes #1"),
    ("Worldwide", "KI", "yes #1"),
    ("Worldwide", "ES-CN", "yes #1"),
    ("Worldwide", "XK", "yes #1"),
    ("Worldwide", "AN", "yes #1"),
    ("Worldwide", "Worldwide", "yes #1"),
    ("worldwide", "DE", "yes #1"),
    ("DE", "DE", "yes #1"),
    ("de", "DE", "yes #1"),
    ("DE", "de", "yes #1"),
    ("DE,FR,AT", "AT", "yes #1"),
    ("DE,DE", "DE", "yes #1"),
    ("DE", "FR", "no_deal_here since=- until=- next=-"),
    ("DE", "Worldwide", "no_deal_here"),
    ("", "DE", "no_deal_here"),
    ("ZZ", "DE", "no_deal_here"),
    ("ZZ,DE", "DE", "yes #1"),
    ("EU", "DE", "no_deal_here"),
    ("DE", "ZZ", "territory_unknown"),
    ("Worldwide", "EU", "territory_unknown"),
    ("-FR", "DE", "yes #1"),
    ("-FR", "FR", "no_deal_here"),
    ("-FR", "Worldwide", "no_deal_here"),
    ("-FR,-DE", "AT", "yes #1"),
    ("-FR,-DE", "DE", "no_deal_here"),
    ("-fr", "FR", "no_deal_here"),
    ("-ZZ", "DE", "no_deal_here"),
    ("-ZZ,-FR", "DE", "no_deal_here"),
    ("-Worldwide", "DE", "no_deal_here"),
    ("Worldwide,-FR", "DE", "yes #1"),
    ("Worldwide,-FR", "FR", "no_deal_here"),
    ("DE,FR,-FR", "FR", "no_deal_here"),
    ("DE,FR,-FR", "DE", "yes #1"),
    ("DE,-FR", "AT", "no_deal_here"),
    ("ES", "ES-CN", "yes #1"),
    ("ES", "ES-ML", "yes #1"),
    ("ES-CN", "ES", "no_deal_here"),
    ("ES-CN", "ES-CN", "yes #1"),
    ("-ES", "ES-CN", "no_deal_here"),
    ("-ES-CN", "ES", "yes #1"),
    ("-ES-CN", "ES-CN", "no_deal_here"),
    ("FR", "GP", "no_deal_here"),
    ("US", "PR", "no_deal_here"),
    ("GB", "GG", "no_deal_here"),
)]  # fmt: skip

HISTORIC = [case(*_here(*row)) for row in (
    ("ZRCD", "CD", "yes #1"),
    ("BUMM", "MM", "yes #1"),
    ("AN", "CW", "yes #1"),
    ("AN", "SX", "yes #1"),
    ("AN", "NL", "no_deal_here"),
    ("CS", "RS", "yes #1"),
    ("CS", "ME", "yes #1"),
    ("YUCS", "RS", "yes #1"),
    ("YUCS", "HR", "no_deal_here"),
    ("SUHH", "UA", "yes #1"),
    ("CSHH", "SK", "yes #1"),
    ("DDDE", "DE", "no_deal_here"),
    ("-DDDE", "DE", "no_deal_here"),
    ("-DDDE", "AT", "yes #1"),
    ("-SUHH", "EE", "no_deal_here"),
    ("VDVN", "VN", "no_deal_here"),
    ("FXFR", "FR", "yes #1"),
)]  # fmt: skip

TIS = [case(*_here(*row)) for row in (
    ("2120", "FR", "no_deal_here"),
    ("2136", "FR", "no_deal_here"),
    ("250", "FR", "no_deal_here"),
    ("2120,FR", "FR", "yes #1"),
    ("-2120", "US", "no_deal_here"),
)] + [case(f"agreed: {row[0]} from {row[1]}", *_here(*row)[1:], AGREED) for row in (
    ("2120", "FR", "yes #1"),
    ("2120", "US", "no_deal_here"),
    ("2120", "XK", "no_deal_here"),
    ("2100", "KE", "yes #1"),
    ("2100", "FR", "no_deal_here"),
    ("2130", "NZ", "yes #1"),
    ("2130", "WS", "yes #1"),
    ("2110", "LU", "yes #1"),
    ("2124", "CH", "yes #1"),
    ("2123", "HR", "yes #1"),
    ("2123", "GB", "no_deal_here"),
    ("2126", "MX", "yes #1"),
    ("2129", "US", "yes #1"),
    ("2131", "FI", "no_deal_here"),
    ("2127", "FI", "yes #1"),
    ("2136", "JP", "yes #1"),
    ("2136", "XK", "yes #1"),
    ("250", "FR", "yes #1"),
    ("840", "US", "yes #1"),
    ("-2120", "US", "yes #1"),
    ("-2120", "FR", "no_deal_here"),
    ("2120,-276", "DE", "no_deal_here"),
    ("2120,-276", "AT", "yes #1"),
    ("2999", "DE", "no_deal_here"),
    ("-2999", "DE", "no_deal_here"),
)]  # fmt: skip


def _use(granted: str, use: str, answer: str) -> tuple[str, str, str, str]:
    return (f"{granted or 'no use'} asked for {use}", f"DE : Sub / {granted} : 2026-01-01..",
            f"DE Sub {use} {NOON}", answer)  # fmt: skip


USES = [case(*_use(*row)) for row in (
    ("Stream", "OD", "yes #1"),
    ("Stream", "NI", "yes #1"),
    ("Stream", "CI", "yes #1"),
    ("Stream", "TI", "yes #1"),
    ("Stream", "Stream", "yes #1"),
    ("Stream", "CD", "use_not_granted #1"),
    ("Stream", "TD", "use_not_granted"),
    ("Stream", "PD", "use_not_granted"),
    ("Stream", "Webcast", "use_not_granted"),
    ("Stream", "Simulcast", "use_not_granted"),
    ("OD", "Stream", "use_not_granted"),
    ("OD,NI,CI,TI", "Stream", "use_not_granted"),
    ("NI", "OD", "use_not_granted"),
    ("OD", "NI", "use_not_granted"),
    ("TI", "CI", "use_not_granted"),
    ("CD", "CD", "yes #1"),
    ("TD", "CD", "yes #1"),
    ("CD", "TD", "yes #1"),
    ("CD", "OD", "use_not_granted"),
    ("CD", "PD", "use_not_granted"),
    ("PD", "CD", "use_not_granted"),
    ("Download", "CD", "use_not_granted"),
    ("All", "OD", "use_not_granted"),
    ("Use", "OD", "use_not_granted"),
    ("OD,CD", "CD", "yes #1"),
    ("Stream,TD", "CD", "yes #1"),
    ("", "OD", "use_not_granted #1"),
    ("onDemandStream", "OD", "use_not_granted"),
    ("UserDefined", "OD", "use_not_granted"),
)]  # fmt: skip

MODELS = [case(*row) for row in (
    ("no model", "DE : / OD : 2026-01-01..", DE, "not_in_plan #1"),
    ("another model", "DE : Pay / OD : 2026-01-01..", DE, "not_in_plan #1"),
    ("advertising is not subscription", "DE : Ad / OD : 2026-01-01..", DE, "not_in_plan"),
    ("free of charge is not advertising", "DE : Free / OD : 2026-01-01..",
     f"DE Ad OD {NOON}", "not_in_plan"),
    ("one of several models", "DE : Ad,Sub / OD : 2026-01-01..", DE, "yes #1"),
    ("claims on user content", "DE : Claim / OD : 2026-01-01..", DE, "not_in_plan"),
    ("model and use of two deals are no pair",
     ("DE : Pay / OD : 2026-01-01..", "DE : Sub / PD : 2026-01-01.."), DE, "not_in_plan #1"),
    ("the second deal has the pair",
     ("DE : Pay / PD : 2026-01-01..", "DE : Sub / OD : 2026-01-01.."), DE, "yes #2"),
    ("a letter case of its own is another word", "DE : subscriptionModel / OD : 2026-01-01..",
     DE, "not_in_plan"),
    ("neither model nor use", "DE : / : 2026-01-01..", DE, "use_not_granted #1"),
    ("a later deal for the plan beats another plan now",
     ("DE : Pay / OD : 2026-01-01..", "DE : Sub / OD : 2026-08-01.."), DE,
     "not_yet #2 until=2026-08-01T00:00+02:00"),
    ("another plan now beats a deal that ended",
     ("DE : Sub / OD : 2026-01-01..2026-02-01", "DE : Pay / OD : 2026-01-01.."), DE,
     "not_in_plan #2"),
)]  # fmt: skip

NOTHING = [case(*row) for row in (
    ("no deal at all", "", DE, "no_deals since=- until=- next=-"),
    ("no period", "DE : Sub / OD", DE, "no_period"),
    ("out of band", "DE : Sub / OD : 2026-01-01.. : band", DE, "out_of_band #1"),
    ("out of band without terms", "DE : / : : band", DE, "out_of_band #1"),
    ("out of band elsewhere", "FR : Sub / OD : 2026-01-01.. : band", DE, "no_deal_here"),
    ("out of band beside a deal", ("DE : / : : band", f"DE : {OPEN}"), DE, "yes #2"),
    ("pre-order", "DE : Sub / OD : 2026-01-01.. : pre", DE, "pre_order_only #1"),
    ("pre-order beside a deal", ("DE : Pay / PD : 2026-01-01.. : pre", f"DE : {OPEN}"), DE,
     "yes #2"),
    ("pre-order, then the release",
     ("DE : Pay / PD : 2026-06-01..2026-07-31 : pre", "DE : Sub / OD : 2026-08-01.."), DE,
     "not_yet #2 until=2026-08-01T00:00+02:00"),
    ("a date that is none", "DE : Sub / OD : 2026-13-45..", DE, "unreadable #1"),
    ("an end that is none", "DE : Sub / OD : 2026-01-01..soon", DE, "unreadable #1"),
    ("a day that the month lacks", "DE : Sub / OD : 2026-02-29..", DE, "unreadable"),
    ("one readable period of two", "DE : Sub / OD : soon.. & 2026-01-01..", DE, "yes #1"),
    ("an unreadable deal beside a good one",
     ("DE : Sub / OD : soon..", f"DE : {OPEN}"), DE, "yes #2"),
    ("start after end", "DE : Sub / OD : 2026-08-01..2026-07-01", DE, "no_period #1"),
    ("a take-down alone", "DE : / : 2026-01-01.. : down", DE, "taken_down #1"),
    ("a take-down without a period", "DE : / : : down", DE, "taken_down #1 until=-"),
    ("a take-down elsewhere", "FR : / : : down", DE, "no_deal_here"),
)]  # fmt: skip

CASES = [*TERRITORIES, *HISTORIC, *TIS, *USES, *MODELS, *NOTHING]
