using System.Net;
using Blockwire.Initiator;
using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Naming;
using Blockwire.Testing.Targets;

namespace Blockwire.Interop.Tests.Targets;

/// <summary>A target of somebody else's, or our own, as our initiator reaches it.</summary>
/// <param name="Portal">Where.</param>
/// <param name="Name">Its name.</param>
/// <param name="Lun">The LUN of its disk.</param>
public sealed record RealTarget(IPEndPoint Portal, string Name, int Lun)
{
    private static int _isids;

    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(30);

    public PeerQuirks Quirks { get; init; }

    public LoginQuirks LoginQuirks { get; init; }

    /// <summary>istgt keeps a login waiting for more than 15 s when it could not answer the logout before it to the end.</summary>
    public TimeSpan LoginTimeLimit { get; init; } = TimeSpan.FromSeconds(15);

    public static RealTarget Of(ITestTarget target) => new(target.EndPoint(), target.TargetName, target.Lun(0));

    /// <summary>All defaults of the product, short pauses, and an ISID that no other session of this process has.</summary>
    /// <param name="connections">Connections to ask for.</param>
    /// <param name="change">What else is to be different in the offers.</param>
    public IscsiSessionOptions Options(int connections = 1, Func<InitiatorOffers, InitiatorOffers>? change = null)
    {
        InitiatorOffers offers = new();
        return new()
        {
            Portals = [PortalAddress.From(Portal)],
            InitiatorName = ParseName("iqn.2026-11.local.blockwire:interop"),
            TargetName = ParseName(Name),
            Isid = Isid.FromRandom(0x424C57, (ushort)Interlocked.Increment(ref _isids)),
            Offers = change?.Invoke(offers) ?? offers,
            LoginQuirks = LoginQuirks,
            Session = new InitiatorSessionOptions { Connections = connections, Quirks = Quirks, FirstBackOff = TimeSpan.FromMilliseconds(100), LoginTimeLimit = LoginTimeLimit },
        };
    }

    public static ChapInitiatorOptions Chap(bool mutual, params ChapAlgorithm[] algorithms) => new()
    {
        Own = new ChapCredential(LioGuest.User, ChapSecret.FromText(LioGuest.Secret)),
        Target = mutual ? new ChapCredential(LioGuest.TargetUser, ChapSecret.FromText(LioGuest.TargetSecret)) : null,
        Policy = algorithms.Length == 0 ? ChapPolicy.Default : ChapPolicy.Default with { Algorithms = [.. algorithms] },
    };

    public static IscsiName ParseName(string text) => IscsiName.TryParse(text, out IscsiName name, out _) ? name : throw new ArgumentException(text);
}
