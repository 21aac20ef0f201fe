using Blockwire.Initiator.Tests.Sessions;
using Blockwire.Protocol.Naming;
using Blockwire.Scsi;

namespace Blockwire.Initiator.Tests.Multipath;

/// <summary>Goal: the initiator follows the access states of our own server. Method: one target with two portal groups, a session through each, a unit over both.</summary>
public sealed class PortGroupTests
{
    private const ushort One = 1, Two = 2;

    [Theory]
    [InlineData(AccessState.Standby)]
    [InlineData(AccessState.Unavailable)]
    [InlineData(AccessState.Offline)]
    public async Task Commands_leave_a_group_that_the_target_closes_and_come_back(AccessState state)
    {
        await using SessionRig rig = await StartAsync();
        await using MultipathUnit paths = await OpenAsync(rig);
        LogicalUnit unit = await LogicalUnit.OpenAsync(paths, new LogicalUnitSettings());
        await WriteAsync(unit);

        rig.Server.SetAccessState(SessionRig.TargetName, One, state);
        await WriteAsync(unit);
        Assert.Equal([state, AccessState.ActiveOptimized], paths.Paths.Select(static path => path.State.State));

        rig.Server.SetAccessState(SessionRig.TargetName, Two, AccessState.Standby);
        rig.Server.SetAccessState(SessionRig.TargetName, One, AccessState.ActiveNonOptimized, preferred: true);
        await WriteAsync(unit);
        Assert.Equal([AccessState.ActiveNonOptimized, AccessState.Standby], paths.Paths.Select(static path => path.State.State));
        Assert.True(paths.Paths[0].State.IsPreferred);
    }

    [Fact]
    public async Task A_group_that_begins_in_standby_is_opened_by_the_initiator()
    {
        await using SessionRig rig = await StartAsync(AccessState.Standby);
        await using MultipathUnit paths = await OpenAsync(rig);
        LogicalUnit unit = await LogicalUnit.OpenAsync(paths, new LogicalUnitSettings());
        Assert.Equal(AccessState.Standby, paths.Paths[1].State.State);

        await unit.SetPortGroupsAsync([(One, AccessState.Unavailable), (Two, AccessState.ActiveOptimized)]);
        await WriteAsync(unit);
        Assert.Equal([AccessState.Unavailable, AccessState.ActiveOptimized], paths.Paths.Select(static path => path.State.State));
    }

    private static Task<SessionRig> StartAsync(AccessState second = AccessState.ActiveOptimized) => SessionRig.StartAsync(options => options with
    {
        Portals = [.. options.Portals, options.Portals[0] with { PortalGroupTag = Two }],
        Targets = [options.Targets[0] with { PortGroups = [new(Two, second)] }],
    });

    private static async Task<MultipathUnit> OpenAsync(SessionRig rig)
    {
        List<UnitPath> paths = [];
        foreach (System.Net.IPEndPoint portal in rig.Server.Portals)
        {
            IscsiSession session = await rig.OpenAsync(rig.Options() with { Portals = [PortalAddress.From(portal)] });
            paths.Add(new(portal.ToString(), session.Unit(0)));
        }

        return await MultipathUnit.OpenAsync(paths);
    }

    // Often enough that every path would have had its turn.
    private static async Task WriteAsync(LogicalUnit unit)
    {
        for (int i = 0; i < 6; i++)
        {
            await unit.WriteAsync((ulong)i, new byte[512]);
        }
    }
}
