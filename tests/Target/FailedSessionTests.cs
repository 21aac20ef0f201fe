using Blockwire.Testing;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>Sessions without connections are kept for their initiators, but not more of them than there is room for.</summary>
public class FailedSessionTests
{
    [Fact]
    [Rule("7143/6.3.6")]
    public async Task Beyond_the_bound_the_initiator_with_the_most_loses_its_oldest()
    {
        ManualTime time = new();
        await using ServerRig rig = await ServerRig.StartAsync(time, options => options with { MaxFailedSessions = 2 });
        ushort honest = await LeaveAsync(rig, time, "iqn.2026-11.local.test:honest", 1);
        ushort oldest = await LeaveAsync(rig, time, "iqn.2026-11.local.test:greedy", 2);
        ushort newest = await LeaveAsync(rig, time, "iqn.2026-11.local.test:greedy", 3);
        Assert.Equal(3, rig.Server.Statistics.Sessions);
        await ServerRig.UntilAsync(() => rig.Server.Statistics.Sessions == 2, () => time.Advance(TimeSpan.FromSeconds(1)));
        Assert.Equal(0x020Au, await ComeBackAsync(rig, "iqn.2026-11.local.test:greedy", 2, oldest));
        Assert.Equal(0u, await ComeBackAsync(rig, "iqn.2026-11.local.test:honest", 1, honest));
        Assert.Equal(0u, await ComeBackAsync(rig, "iqn.2026-11.local.test:greedy", 3, newest));
    }

    private static RawLogin Login(string name, ulong isid) =>
        new(ServerRig.TargetName) { InitiatorName = name, Isid = 0x80_0000_000000 | isid, DefaultTime2Wait = 0, DefaultTime2Retain = 3600 };

    private static async Task<ushort> LeaveAsync(ServerRig rig, ManualTime time, string name, ulong isid)
    {
        int before = Failed(rig);
        RawInitiator initiator = await RawInitiator.LogInAsync(rig.Portal, Login(name, isid));
        initiator.Dispose();
        await ServerRig.UntilAsync(() => Failed(rig) > before);
        time.Advance(TimeSpan.FromMilliseconds(10)); // each was left at a time of its own
        return initiator.Tsih;
    }

    private static int Failed(ServerRig rig) => rig.Log.Lines.Count(static line => line.Text.Contains("has no connection left", StringComparison.Ordinal));

    private static async Task<uint> ComeBackAsync(ServerRig rig, string name, ulong isid, ushort tsih)
    {
        using RawInitiator initiator = await RawInitiator.ConnectAsync(rig.Portal);
        return (await initiator.LogInAsync(Login(name, isid) with { Tsih = tsih }))[36] >> 16;
    }
}
