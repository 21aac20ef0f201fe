using System.Globalization;
using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Negotiation;

namespace Blockwire.Initiator;

/// <summary>What stands behind the question mark of an <see cref="IscsiUrl"/>.</summary>
internal sealed class IscsiUrlOptions(IscsiUrlParser parser, string text)
{
    private const string Known = "erl, header-digest, data-digest, connections, initiator, portal, target-user, target-password, quirks";
    private const string KnownQuirks = "lio, tgt, istgt, shifted-reassign, lun-in-reassign, no-task-reassign, counts-immediate-requests, no-chap-sha256, unanswered-keys";

    /// <summary>What the target is called that has to prove itself; null when nothing is said.</summary>
    public string? TargetUser { get; private set; }

    /// <summary>Its secret.</summary>
    public byte[]? TargetSecret { get; private set; }

    public IscsiUrl Apply(IscsiUrl url)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string part in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string name = (equals < 0 ? part : part[..equals]).Replace('_', '-').ToLowerInvariant();
            if (name != "portal" && !seen.Add(name))
            {
                throw parser.Wrong($"the option {IscsiUrlParser.Printable(name)} is given twice; give it once");
            }

            url = Apply(url, name, equals < 0 ? "" : part[(equals + 1)..]);
        }

        return url;
    }

    private IscsiUrl Apply(IscsiUrl url, string name, string encoded)
    {
        if (name == "target-password")
        {
            TargetSecret = PercentText.TryDecode(encoded, out byte[] secret) ? secret
                : throw parser.Wrong("target-password holds a % without two hex digits behind it; write a percent sign as %25");
            return url;
        }

        string value = parser.Decode(encoded, $"the option {IscsiUrlParser.Printable(name)}");
        switch (name)
        {
            case "erl":
                return url with { Offers = url.Offers with { ErrorRecoveryLevel = Number(name, value, 0, 2) } };
            case "header-digest":
                return url with { Offers = url.Offers with { HeaderDigest = Digest(name, value) } };
            case "data-digest":
                return url with { Offers = url.Offers with { DataDigest = Digest(name, value) } };
            case "connections":
                int count = Number(name, value, 1, IscsiUrl.MostConnections);
                return url with { Connections = count, Offers = url.Offers with { MaxConnections = count } };
            case "initiator":
                return url with
                {
                    InitiatorName = IscsiName.TryParse(value, out IscsiName initiator, out string? why) ? initiator
                        : throw parser.Wrong($"the initiator's name '{IscsiUrlParser.Printable(value)}' {why}; it looks like iqn.2026-11.local.blockwire:host"),
                };
            case "portal":
                PortalAddress portal = parser.ReadPortal(value, "the option portal: ");
                return url.Portals.Contains(portal) ? url : url with { Portals = url.Portals.Add(portal) };
            case "target-user":
                TargetUser = value;
                return url;
            case "quirks":
                return ApplyQuirks(url, value);
            default:
                throw parser.Wrong($"there is no option {IscsiUrlParser.Printable(name)}; known are {Known}");
        }
    }

    private int Number(string name, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw parser.Wrong($"the option {name} takes a number from {least} to {most}, not '{IscsiUrlParser.Printable(value)}'");

    private DigestPolicy Digest(string name, string value) => value.ToLowerInvariant() switch
    {
        "none" => DigestPolicy.None,
        "prefer" => DigestPolicy.Prefer,
        "require" or "crc32c" => DigestPolicy.Require,
        _ => throw parser.Wrong($"the option {name} is none, prefer or require, not '{IscsiUrlParser.Printable(value)}'"),
    };

    private IscsiUrl ApplyQuirks(IscsiUrl url, string value)
    {
        foreach (string one in value.Split(','))
        {
            url = one switch
            {
                "lio" => url with { PeerQuirks = url.PeerQuirks | PeerQuirks.Lio },
                "shifted-reassign" => url with { PeerQuirks = url.PeerQuirks | PeerQuirks.ShiftedReassignResponses },
                "lun-in-reassign" => url with { PeerQuirks = url.PeerQuirks | PeerQuirks.LunInTaskReassign },
                "no-task-reassign" => url with { PeerQuirks = url.PeerQuirks | PeerQuirks.NoTaskReassign },
                "istgt" or "counts-immediate-requests" => url with { PeerQuirks = url.PeerQuirks | PeerQuirks.CountsImmediateRequests },
                "tgt" or "no-chap-sha256" => url with { LoginQuirks = url.LoginQuirks | LoginQuirks.NoChapSha256 },
                "unanswered-keys" => url with { LoginQuirks = url.LoginQuirks | LoginQuirks.UnansweredKeys },
                _ => throw parser.Wrong($"there is no quirk '{IscsiUrlParser.Printable(one)}'; known are {KnownQuirks}"),
            };
        }

        return url;
    }
}
