using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Negotiation;

namespace Blockwire.Initiator;

/// <summary>
/// A portal, target or logical unit as users name it: <c>iscsi://[user%secret@]host[:port][/target[/lun]][?options]</c>, as QEMU, libvirt and libiscsi
/// write it.
/// </summary>
/// <remarks>
/// <para>The user ends at the first % or :, the secret at the last @; between them a percent sign is written %25 and a question mark %3F. A user without a
/// secret takes the secret from the environment, as does a URL without a user: see <see cref="ChapVariables"/>.</para>
/// <para>Options, joined by &amp;: <c>erl=0|1|2</c>, <c>header-digest=none|prefer|require</c>, <c>data-digest=</c> the same, <c>connections=1..32</c>,
/// <c>initiator=NAME</c>, <c>portal=HOST[:PORT]</c> as often as there are more paths, <c>target-user=</c> and <c>target-password=</c> for what the target
/// has to prove, <c>quirks=</c> a list of faults to put up with: <c>lio</c>, <c>tgt</c>, or one by one
/// <c>shifted-reassign</c>, <c>lun-in-reassign</c>, <c>no-chap-sha256</c>, <c>unanswered-keys</c>. An underscore is taken for a minus sign, and crc32c for require,
/// as libiscsi writes them.</para>
/// </remarks>
public sealed record IscsiUrl
{
    /// <summary>Most connections that an option may ask for in one session.</summary>
    public const int MostConnections = 32;

    /// <summary>Where the target is reached: that of the URL first, then those of the option "portal".</summary>
    public required ImmutableArray<PortalAddress> Portals { get; init; }

    /// <summary>The target, or null when the URL leads to a portal only.</summary>
    public IscsiName? TargetName { get; init; }

    /// <summary>Number of the logical unit, or null when the URL leads to no unit.</summary>
    public uint? Lun { get; init; }

    /// <summary>The initiator's name when the URL gives one.</summary>
    public IscsiName? InitiatorName { get; init; }

    /// <summary>CHAP from the URL or the environment, or null.</summary>
    public ChapInitiatorOptions? Credentials { get; init; }

    /// <summary>Connections wanted in one session.</summary>
    public int Connections { get; init; } = 1;

    /// <summary>What is proposed at login: <see cref="Connections"/>, recovery level and digests as the URL says.</summary>
    public InitiatorOffers Offers { get; init; } = new();

    /// <summary>What is overlooked in this target at login.</summary>
    public LoginQuirks LoginQuirks { get; init; }

    /// <summary>What is overlooked in it after login.</summary>
    public PeerQuirks PeerQuirks { get; init; }

    /// <summary>Reads a URL.</summary>
    /// <param name="text">As the user wrote it.</param>
    /// <param name="needed">How far it has to lead; it may lead further.</param>
    /// <param name="variable">The value of an environment variable, or null.</param>
    /// <exception cref="IscsiUrlException">It is none, or does not lead far enough.</exception>
    public static IscsiUrl Parse(string text, IscsiUrlPart needed, Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(variable);
        return new IscsiUrlParser(text, variable).Parse(needed);
    }

    /// <summary>As <see cref="Parse"/>, with the message in place of the exception.</summary>
    /// <param name="text">As the user wrote it.</param>
    /// <param name="needed">How far it has to lead; it may lead further.</param>
    /// <param name="variable">The value of an environment variable, or null.</param>
    /// <param name="url">The URL.</param>
    /// <param name="error">What is wrong, or null.</param>
    public static bool TryParse(
        string text, IscsiUrlPart needed, Func<string, string?> variable, [NotNullWhen(true)] out IscsiUrl? url, [NotNullWhen(false)] out string? error)
    {
        try
        {
            (url, error) = (Parse(text, needed, variable), null);
            return true;
        }
        catch (IscsiUrlException problem)
        {
            (url, error) = (null, problem.Message);
            return false;
        }
    }

    /// <summary>The place it leads to, without user, secret and options.</summary>
    public override string ToString() => $"iscsi://{Portals[0]}{(TargetName is { } target ? $"/{target}" : "")}{(Lun is { } lun ? $"/{lun}" : "")}";
}
