using System.Net;
using Blockwire.Testing;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>Goal: which discovery sessions are one and the same (RFC 7143 §7.4.2). Method: a server with two portals.</summary>
public class DiscoverySessionTests
{
    [Fact]
    [Rule("7143/7.4.2.1#1")]
    [Rule("7143/7.4.2.1#4")]
    public async Task At_one_portal_the_new_one_takes_the_place_of_the_old()
    {
        await using ServerRig rig = await StartAsync();
        using RawInitiator first = await DiscoverAsync(rig, 0), second = await DiscoverAsync(rig, 0);
        Assert.Null(await first.ReceiveAsync());
        await AssertAliveAsync(second);
        Assert.Equal(1, rig.Server.Statistics.Sessions);
    }

    [Fact]
    [Rule("7143/7.4.2.1#2")]
    [Rule("7143/7.4.2.1#3")]
    public async Task At_two_portals_they_are_two()
    {
        await using ServerRig rig = await StartAsync();
        using RawInitiator first = await DiscoverAsync(rig, 0), second = await DiscoverAsync(rig, 1);
        await AssertAliveAsync(first);
        await AssertAliveAsync(second);
        Assert.Equal(2, rig.Server.Statistics.Sessions);
    }

    [Fact]
    [Rule("7143/7.4.2.2#1")]
    public async Task With_a_target_name_the_portal_does_not_matter_and_the_name_does()
    {
        await using ServerRig rig = await StartAsync();
        using RawInitiator unnamed = await DiscoverAsync(rig, 0), first = await DiscoverAsync(rig, 0, named: true), second = await DiscoverAsync(rig, 1, named: true);
        Assert.Null(await first.ReceiveAsync());
        await AssertAliveAsync(second);
        await AssertAliveAsync(unnamed);
        Assert.Equal(2, rig.Server.Statistics.Sessions);
    }

    [Fact]
    [Rule("7143/7.4.1#1")]
    [Rule("7143/7.4.1#2")]
    public async Task Its_recovery_level_is_0_whatever_is_proposed()
    {
        await using ServerRig rig = await StartAsync();
        using RawInitiator discovery = await RawInitiator.LogInAsync(rig.Portal, new RawLogin(null) { ErrorRecoveryLevel = 2 });
        Assert.Equal("0", discovery.Answers["ErrorRecoveryLevel"]);
        uint statSn = discovery.ExpStatSn;
        await AssertAliveAsync(discovery);
        RawFrame snack = RawFrames.Snack(1, RawFrames.ReservedTag, RawFrames.ReservedTag, statSn, 1);
        snack[28] = statSn;
        await discovery.Connection.SendAsync(snack);
        Assert.Equal(RawOpcode.Reject, (await discovery.ReceiveAsync())!.Opcode); // nothing is kept to be sent again
    }

    private static Task<ServerRig> StartAsync() => ServerRig.StartAsync(
        change: static options => options with { Portals = [new PortalOptions(new IPEndPoint(IPAddress.Loopback, 0)), new PortalOptions(new IPEndPoint(IPAddress.Loopback, 0))] });

    private static Task<RawInitiator> DiscoverAsync(ServerRig rig, int portal, bool named = false) => RawInitiator.LogInAsync(
        rig.Server.Portals[portal], new RawLogin(null) { MoreKeys = named ? [$"TargetName={ServerRig.TargetName}"] : [] });

    private static async Task AssertAliveAsync(RawInitiator discovery)
    {
        await discovery.SendAsync(RawFrames.TextRequest(discovery.NewTag(), RawFrames.ReservedTag, final: true, "SendTargets=All"));
        Assert.Contains(ServerRig.TargetName, System.Text.Encoding.UTF8.GetString((await discovery.ExpectAsync(RawOpcode.TextResponse)).Data), StringComparison.Ordinal);
    }
}
