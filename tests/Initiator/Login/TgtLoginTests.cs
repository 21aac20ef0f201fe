using System.Globalization;
using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Text;
using Blockwire.Testing;
using Blockwire.Testing.Targets;

namespace Blockwire.Initiator.Tests.Login;

/// <summary>The login core against a target that others wrote.</summary>
public sealed class TgtLoginTests
{
    private static readonly ChapCredential User = new("alice", ChapSecret.FromText("secret of alice"));
    private static readonly ChapCredential Storage = new("storage", ChapSecret.FromText("secret of the disk"));

    [Fact]
    [Rule("7143/6.3")]
    public async Task It_lets_us_in()
    {
        await using TgtTarget tgt = await TgtTarget.StartAsync([], 0);

        using TcpLogin login = await TcpLogin.ConnectAsync(tgt.EndPoint(), Plan(tgt));

        Assert.Null(login.Step.Failure?.Why);
        Assert.NotEqual(0, login.Step.Outcome!.Tsih);
        Assert.Equal((ushort)1, login.Step.Outcome.PortalGroupTag!.Value);
        Assert.Contains(login.Step.Outcome.Keys, static key => key is { Name: "iSCSIProtocolLevel", Answer: "NotUnderstood" or "Reject" });
    }

    [Fact]
    [Rule("7143/C")]
    public async Task It_tells_its_targets()
    {
        await using TgtTarget tgt = await TgtTarget.StartAsync([], 0);
        using TcpLogin login = await TcpLogin.ConnectAsync(tgt.EndPoint(), Plan(tgt) with { SessionType = SessionType.Discovery, TargetName = null });
        Assert.Null(login.Step.Failure?.Why);

        InitiatorTextStep step = await login.RunAsync(InitiatorTextExchange.SendTargets("All", 5));

        Assert.Null(step.Why);
        Assert.True(SendTargetsReader.TryRead(step.Outcome!.Pairs, PortalAddress.From(tgt.EndPoint()), out var targets, out _, out _));
        DiscoveredTarget target = Assert.Single(targets);
        Assert.Equal((tgt.TargetName, tgt.Portal), (target.Name, Assert.Single(target.Portals).Address.ToString()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Rule("7143/12.1.3")]
    public async Task It_takes_our_proof_and_gives_its_own(bool mutual)
    {
        await using TgtTarget tgt = await StartWithChapAsync();

        using TcpLogin login = await TcpLogin.ConnectAsync(
            tgt.EndPoint(), Plan(tgt) with { Quirks = LoginQuirks.NoChapSha256, Credentials = new() { Own = User, Target = mutual ? Storage : null } });

        Assert.Null(login.Step.Failure?.Why);
        Assert.Equal((ChapAlgorithm.Md5, mutual), (login.Step.Outcome!.ChapAlgorithm!.Value, login.Step.Outcome.IsTargetAuthenticated));
    }

    [Fact]
    public async Task It_takes_seven_for_SHA_1_and_we_say_so()
    {
        await using TgtTarget tgt = await StartWithChapAsync();

        using TcpLogin login = await TcpLogin.ConnectAsync(tgt.EndPoint(), Plan(tgt) with { Credentials = new() { Own = User } });

        Assert.Contains("quirks=tgt", login.Step.Failure!.Why, StringComparison.Ordinal);
        Assert.Equal(LoginQuirks.NoChapSha256, login.Step.Failure.MayHelp);
    }

    [Fact]
    [Rule("7143/11.13.5")]
    public async Task It_refuses_who_does_not_prove_itself()
    {
        await using TgtTarget tgt = await StartWithChapAsync();

        using TcpLogin none = await TcpLogin.ConnectAsync(tgt.EndPoint(), Plan(tgt));
        using TcpLogin wrong = await TcpLogin.ConnectAsync(
            tgt.EndPoint(), Plan(tgt) with { Quirks = LoginQuirks.NoChapSha256, Credentials = new() { Own = new("alice", ChapSecret.FromText("something else")) } });

        Assert.All([none, wrong], static it => Assert.Equal((LoginFailureKind.Refused, false), (it.Step.Failure!.Kind, it.Step.Failure.IsWorthRetrying)));
    }

    private static LoginPlan Plan(TgtTarget tgt) => new()
    {
        InitiatorName = Name("iqn.2026-11.local.test:host"),
        TargetName = Name(tgt.TargetName),
        Isid = Isid.FromRandom(0x123456, 0).Value,
        InitiatorTaskTag = 1,
        Offers = new() { HeaderDigest = DigestPolicy.None, DataDigest = DigestPolicy.None },
    };

    private static IscsiName Name(string text) => IscsiName.TryParse(text, out IscsiName name, out string? why) ? name : throw new ArgumentException(why);

    private static async Task<TgtTarget> StartWithChapAsync()
    {
        TgtTarget tgt = await TgtTarget.StartAsync([], 0);
        try
        {
            await AdminAsync(tgt, "--op", "new", "--mode", "account", "--user", User.Name, "--password", "secret of alice");
            await AdminAsync(tgt, "--op", "new", "--mode", "account", "--user", Storage.Name, "--password", "secret of the disk");
            await AdminAsync(tgt, "--op", "bind", "--mode", "account", "--tid", "1", "--user", User.Name);
            await AdminAsync(tgt, "--op", "bind", "--mode", "account", "--tid", "1", "--user", Storage.Name, "--outgoing");
            return tgt;
        }
        catch
        {
            await tgt.DisposeAsync();
            throw;
        }
    }

    private static async Task AdminAsync(TgtTarget tgt, params string[] arguments) =>
        (await ChildProcess.RunAsync(
            "tgtadm", ["-C", (tgt.Port % 32000).ToString(CultureInfo.InvariantCulture), "--lld", "iscsi", .. arguments], TimeSpan.FromSeconds(20))).Succeeded();
}
