using Blockwire.Initiator;
using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Testing.Targets;

namespace Blockwire.Interop.Tests.Targets;

/// <summary>Goal: our initiator uses tgt and istgt with all its defaults, and comes back after every loss. Method: each runs as a process of its own, behind a proxy where connections are cut.</summary>
public sealed class OtherTargetTests
{
    private const int DiskBytes = 4 << 20;
    private static readonly Fault[] _cuts = [Fault.Reset, Fault.Fin];
    private static readonly Fault[] _faults = [Fault.Reset, Fault.ShortStall, Fault.LongStall, Fault.Fin];

    [Fact]
    public async Task Tgt_is_used_with_all_defaults_and_asked_for_more_connections_than_it_grants()
    {
        await using TgtTarget tgt = await TgtTarget.StartAsync([new TestDisk(256 << 20)], 0);
        RealTarget target = RealTarget.Of(tgt);
        await using IscsiSession session = await OpenSessions.OpenAsync(target.Options(connections: 4, static offers => offers with { HeaderDigest = DigestPolicy.Require, DataDigest = DigestPolicy.Require }));
        Assert.Single(session.Connections);
        Assert.Equal(DigestKind.Crc32C, session.Connections[0].Login.ConnectionParameters.DataDigest);
        await Transfers.WriteAndCompareAsync(session, target.Lun, 256 << 20);
        await AssertFoundAsync(target);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Tgt_loses_nothing_when_connections_are_cut_though_it_grants_levels_that_it_does_not_have(int level)
    {
        await using TgtTarget tgt = await TgtTarget.StartAsync([new TestDisk(DiskBytes)], 0);
        RealTarget target = RealTarget.Of(tgt);
        await tgt.GrantAsync("ErrorRecoveryLevel", $"{level}");
        FaultRun run = await FaultRun.RunAsync(target, target.Options(), DiskBytes, level == 2 ? _faults : _cuts);
        Assert.Equal(level, run.Level);
        Assert.Empty(run.Errors);
        Assert.True(tgt.IsAlive, tgt.Log);
    }

    [Fact]
    public async Task Tgt_loses_nothing_with_several_connections_of_a_session()
    {
        await using TgtTarget tgt = await TgtTarget.StartAsync([new TestDisk(DiskBytes)], 0);
        RealTarget target = RealTarget.Of(tgt);
        await tgt.GrantAsync("ErrorRecoveryLevel", "2");
        await tgt.GrantAsync("MaxConnections", "4");
        FaultRun run = await FaultRun.RunAsync(target, target.Options(4), DiskBytes, _cuts);
        Assert.Empty(run.Errors);
        Assert.True(tgt.IsAlive, tgt.Log);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tgt_and_we_prove_ourselves_when_seven_is_not_offered(bool mutual)
    {
        await using TgtTarget tgt = await TgtTarget.StartAsync([new TestDisk(DiskBytes)], 0);
        await tgt.AddAccountAsync(LioGuest.User, LioGuest.Secret, outgoing: false);
        if (mutual)
        {
            await tgt.AddAccountAsync(LioGuest.TargetUser, LioGuest.TargetSecret, outgoing: true);
        }

        IscsiSessionOptions options = RealTarget.Of(tgt).Options() with { Credentials = RealTarget.Chap(mutual) };
        await Assert.ThrowsAsync<LoginFailedException>(() => OpenSessions.OpenAsync(options));
        await using IscsiSession session = await OpenSessions.OpenAsync(options with { LoginQuirks = LoginQuirks.NoChapSha256 });
        Assert.Equal(mutual, session.Connections[0].Login.IsTargetAuthenticated);
    }

    [Fact]
    public async Task Istgt_is_used_with_all_defaults()
    {
        await using IstgtTarget istgt = await IstgtTarget.StartAsync(256 << 20);
        RealTarget target = RealTarget.Of(istgt) with { Quirks = PeerQuirks.CountsImmediateRequests, LoginTimeLimit = TimeSpan.FromSeconds(60) };
        await using IscsiSession session = await OpenSessions.OpenAsync(target.Options(connections: 4));
        await Transfers.WriteAndCompareAsync(session, target.Lun, 256 << 20);
        await AssertFoundAsync(target);
    }

    [Theory]
    [InlineData("CHAP", false)]
    [InlineData("CHAP Mutual", true)]
    public async Task Istgt_and_we_prove_ourselves(string method, bool mutual)
    {
        await using IstgtTarget istgt = await IstgtTarget.StartAsync(DiskBytes, method);
        RealTarget target = RealTarget.Of(istgt) with { Quirks = PeerQuirks.CountsImmediateRequests, LoginTimeLimit = TimeSpan.FromSeconds(60) };
        await using IscsiSession session = await OpenSessions.OpenAsync(target.Options() with { Credentials = RealTarget.Chap(mutual) });
        Assert.Equal((ChapAlgorithm.Md5, mutual), (session.Connections[0].Login.ChapAlgorithm, session.Connections[0].Login.IsTargetAuthenticated));
        await LogicalUnit.OpenAsync(session.Unit(target.Lun));
    }

    // Not with several connections: cut while some of them still join, istgt 0.4 often deadlocks for good. All its threads, the one that accepts
    // included, then wait for one mutex that a connection's thread took with it when it ended (seen in gdb); no login is answered any more.
    [Fact]
    public async Task Istgt_loses_nothing_when_connections_are_cut()
    {
        await using IstgtTarget istgt = await IstgtTarget.StartAsync(DiskBytes);
        RealTarget target = RealTarget.Of(istgt) with { Quirks = PeerQuirks.CountsImmediateRequests, LoginTimeLimit = TimeSpan.FromSeconds(60) };
        FaultRun run = await FaultRun.RunAsync(target, target.Options(), DiskBytes, _faults);
        Assert.Empty(run.Errors);
        Assert.True(istgt.IsAlive, istgt.Log);
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 4)]
    [InlineData(2, 1)]
    [InlineData(2, 4)]
    public async Task Our_own_server_loses_nothing_when_connections_are_cut_and_bytes_are_spoilt(int level, int connections)
    {
        await using BlockwireTarget own = await BlockwireTarget.StartAsync([new TestDisk(DiskBytes)], 0);
        RealTarget target = RealTarget.Of(own);
        FaultRun run = await FaultRun.RunAsync(
            target,
            target.Options(connections, offers => offers with { ErrorRecoveryLevel = level, HeaderDigest = DigestPolicy.Require, DataDigest = DigestPolicy.Require }),
            DiskBytes,
            [.. _faults, Fault.SpoilFromTarget, Fault.SpoilToTarget]);
        Assert.Empty(run.Errors);
        Assert.DoesNotContain(own.LogLines, static line => line.Contains("Z error ", StringComparison.Ordinal));
    }

    private static async Task AssertFoundAsync(RealTarget target)
    {
        await using IscsiSession discovery = await OpenSessions.OpenAsync(target.Options() with { TargetName = null });
        Assert.Contains(await discovery.SendTargetsAsync(), pair => pair.Key == "TargetName" && pair.Value == target.Name);
    }
}
