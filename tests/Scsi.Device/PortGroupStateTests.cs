using System.Text;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Access states that initiators set outlive the server, where it has a place for them.</summary>
#pragma warning disable CA1001 // the disk is an array
public sealed class PortGroupStateTests
#pragma warning restore CA1001
{
    private static readonly byte[] _set = [OperationCode.MaintenanceOut, 0x0A, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0];

    private readonly FakeStateStore _store = new();
    private readonly FakeDisk _disk = new();
    private readonly List<UnitStateException> _faults = [];

    [Fact]
    public async Task What_an_initiator_sets_is_there_after_a_restart_and_what_the_target_sets_is_not()
    {
        ScsiTargetDevice target = Started();
        await SetAsync(target, 2, AccessState.Standby);
        target.SetAccessState(1, AccessState.ActiveNonOptimized);
        Assert.Equal([(AccessState.ActiveOptimized, (byte)0), (AccessState.Standby, (byte)1)], Started().PortGroups.Select(static it => (it.State, it.StatusCode)));
        await SetAsync(Started(), 2, AccessState.ActiveOptimized);
        Assert.All(Started().PortGroups, static it => Assert.Equal(AccessState.ActiveOptimized, it.State));
    }

    [Fact]
    public async Task Several_groups_are_kept_and_those_that_are_gone_are_passed_over()
    {
        ScsiTargetDevice target = Started();
        await SetAsync(target, 1, AccessState.ActiveNonOptimized);
        await SetAsync(target, 2, AccessState.Unavailable);
        Assert.Equal([AccessState.ActiveNonOptimized, AccessState.Unavailable], Started().PortGroups.Select(static it => it.State));
        Assert.Equal([AccessState.Unavailable], Started([new(2, 2)]).PortGroups.Select(static it => it.State));
    }

    [Fact]
    public async Task A_state_that_cannot_be_kept_is_not_taken()
    {
        ScsiTargetDevice target = Started();
        _store.Fails = true;
        ScsiCommand command = await SendAsync(target, 2, AccessState.Standby);
        Assert.Equal(new SenseData(SenseKey.HardwareError, 0x67, 0x0A), SenseData.Parse(command.Sense));
        Assert.All(target.PortGroups, static it => Assert.Equal(AccessState.ActiveOptimized, it.State));
        Assert.Single(_faults);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{ "groups": [{ "tag": 1 }] }""")]
    [InlineData("""{ "groups": [{ "tag": 1, "state": 14 }] }""")]
    [InlineData("""{ "groups": [{ "tag": 65536, "state": 1 }] }""")]
    public void A_document_that_is_none_is_refused_at_the_start(string document)
    {
        _store.Documents[PortGroupDocument.Name] = Encoding.UTF8.GetBytes(document);
        Assert.Throws<UnitStateException>(() => Started());
    }

    private ScsiTargetDevice Started(IReadOnlyList<TargetPort>? ports = null)
    {
        ScsiTargetDevice target = new(Rig.TargetName, [new LogicalUnit(0, _disk, new() { Identity = "x" })], ports ?? [new(1, 1), new(2, 2)]) { State = _store, StateFault = _faults.Add };
        target.RestoreAccessStates();
        return target;
    }

    private static async Task SetAsync(ScsiTargetDevice target, ushort group, AccessState state) =>
        Assert.Equal(ScsiStatus.Good, (await SendAsync(target, group, state)).Status);

    private static async Task<ScsiCommand> SendAsync(ScsiTargetDevice target, ushort group, AccessState state)
    {
        ScsiCommand command = new(System.Buffers.MemoryPool<byte>.Shared);
        command.Begin(new Nexus("iqn.x:a", 1, 1, 1), 0, _set, TaskAttribute.Simple);
        Assert.True(target.Prepare(command));
        command.DataOut = new byte[] { 0, 0, 0, 0, (byte)state, 0, (byte)(group >> 8), (byte)group };
        await target.ExecuteAsync(command, TestContext.Current.CancellationToken);
        return command;
    }
}
