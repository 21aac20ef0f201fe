using Blockwire.Initiator.Tests.Fakes;
using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Initiator.Tests.Units;

/// <summary>Goal: state, pages and reports come as typed values. Method: our device server where it knows the command, scripts elsewhere.</summary>
public sealed class ControlTests
{
    [Fact]
    public async Task LUNs_are_reported_however_many_there_are()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        Assert.Equal([0ul], await unit.ReportLunsAsync());
        rig.Executor.Answer = static request =>
        {
            byte[] list = new byte[LunList.LengthFor(100)];
            int at = LunList.WriteHeader(list, 100);
            for (uint lun = 0; lun < 100; lun++)
            {
                at += LunList.WriteEntry(list.AsSpan(at), LunFormat.Encode(lun));
            }

            int length = Math.Min(list.Length, request.DataIn.Length);
            list.AsSpan(0, length).CopyTo(request.DataIn.Span);
            return new(ScriptedExecutor.Good(length));
        };

        Assert.Equal(LunFormat.Encode(99), (await unit.ReportLunsAsync())[99]);
    }

    [Fact]
    public async Task Request_sense_takes_a_unit_attention()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await LogicalUnit.OpenAsync(new DeviceExecutor(rig.Target, isid: 5));
        Assert.Equal(Sense.None, await unit.RequestSenseAsync());
        rig.Target.LogicalUnitReset(0, new Scsi.Device.Nexus("iqn.other", 1, 1, 1));

        Assert.Equal(SenseKey.UnitAttention, (await unit.RequestSenseAsync(descriptorFormat: true)).Key);
    }

    [Fact]
    public async Task Vital_pages_longer_than_a_byte_can_say_are_read_whole()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        byte[] page = new byte[1000];
        (page[1], page[2], page[3], page[999]) = (0xC0, 996 >> 8, 996 & 0xFF, 7);
        rig.Executor.Answer = request =>
        {
            int length = Math.Min(page.Length, request.DataIn.Length);
            page.AsSpan(0, length).CopyTo(request.DataIn.Span);
            return new(ScriptedExecutor.Good(length));
        };

        Assert.Equal(page, (await unit.ReadVitalPageAsync(0xC0)).ToArray());
    }

    [Fact]
    public async Task Mode_pages_are_read_in_either_form()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        rig.Executor.Answer = static request => request.Cdb[0] == OperationCode.ModeSense10 ? new(ScriptedExecutor.Check(Sense.InvalidOpcode)) : null;
        ModeParameters modes = await unit.ReadModesAsync(PageCodes.Mode.Caching);

        Assert.True(CachingPage.Parse(modes.Find(PageCodes.Mode.Caching).Span)!.Value.WriteCache);
    }

    [Theory]
    [InlineData(false, OperationCode.ModeSelect10, 8)]
    [InlineData(true, OperationCode.ModeSelect6, 4)]
    public async Task A_mode_page_is_written_and_the_facts_follow(bool onlySix, byte operationCode, int headerLength)
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        byte[] sent = [];
        rig.Executor.Answer = request =>
        {
            switch (request.Cdb[0])
            {
                case OperationCode.ModeSelect10 when onlySix:
                    return new(ScriptedExecutor.Check(Sense.InvalidOpcode));
                case OperationCode.ModeSelect10 or OperationCode.ModeSelect6:
                    sent = request.DataOut.ToArray();
                    return new(ScriptedExecutor.Good());
                case OperationCode.ModeSense10:
                    int length = new ModeParameterHeader(true, false, false, 0, 6).Write10(request.DataIn.Span);
                    return new(ScriptedExecutor.Good(length));
                default:
                    return null;
            }
        };
        byte[] page = unit.Facts.Modes!.Find(PageCodes.Mode.Caching).ToArray();
        (unit.Facts.Caching!.Value with { WriteCache = false }).Apply(page);
        await unit.WriteModePageAsync(page);

        Assert.Equal(1, rig.Executor.Count(operationCode));
        Assert.Equal((byte)0, sent[headerLength + 2] & 4);
        Assert.True(unit.Facts.WriteProtected);
    }

    [Fact]
    public async Task The_medium_can_be_kept_in_and_ejected()
    {
        await using UnitRig rig = new(removable: true);
        LogicalUnit unit = await rig.OpenAsync();
        await unit.PreventRemovalAsync(true);
        ScsiException refusal = await Assert.ThrowsAsync<ScsiException>(async () => await unit.StartStopAsync(StartStopAction.Eject));
        Assert.Contains("MEDIUM REMOVAL PREVENTED", refusal.Message, StringComparison.Ordinal);
        await unit.PreventRemovalAsync(false);
        await unit.StartStopAsync(StartStopAction.Eject);
        await Assert.ThrowsAsync<ScsiException>(async () => await unit.TestReadyAsync());
        await unit.StartStopAsync(StartStopAction.Load);
        await unit.TestReadyAsync();
    }

    [Fact]
    public async Task Commands_are_reported()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();

        Assert.Contains(new SupportedCommand(OperationCode.ServiceActionIn16, ServiceAction.ReadCapacity16, 16), await unit.ReportCommandsAsync());
        Assert.True(await unit.ReportCommandAsync(OperationCode.Read10) is { IsSupported: true, Usage.Length: 10 });
        Assert.True(await unit.ReportCommandAsync(0xFE) is { IsKnown: true, IsSupported: false });
        rig.Executor.Answer = static _ => new(ScriptedExecutor.Check(Sense.InvalidOpcode));
        Assert.Null(await unit.ReportCommandAsync(OperationCode.Read10));
    }

    [Fact]
    public async Task Log_pages_come_raw()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        rig.Executor.Answer = static request =>
        {
            request.DataIn.Span[5] = 9;
            return new(ScriptedExecutor.Good(6));
        };

        Assert.Equal([0, 0, 0, 0, 0, 9], (await unit.ReadLogPageAsync(0x0D)).ToArray());
        Assert.Equal(0x4D, rig.Executor.Seen[^1][2]);
    }

    [Fact]
    public async Task Port_groups_are_read_and_set()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        byte[] sent = [];
        rig.Executor.Answer = request =>
        {
            if (request.Cdb[0] == OperationCode.MaintenanceOut)
            {
                sent = request.DataOut.ToArray();
                return new(ScriptedExecutor.Good());
            }

            Convert.FromHexString("0000000C" + "0100000100000001" + "00000007").CopyTo(request.DataIn);
            return new(ScriptedExecutor.Good(16));
        };
        TargetPortGroup group = Assert.Single(await unit.ReportPortGroupsAsync());
        await unit.SetPortGroupsAsync([(group.Group, AccessState.ActiveOptimized)]);

        Assert.Equal((AccessState.ActiveNonOptimized, (ushort)7), (group.State, group.RelativePorts[0]));
        Assert.Equal("0000000000000001", Convert.ToHexString(sent));
    }

    [Fact]
    public async Task An_answer_without_sense_or_reason_is_told_as_it_is()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        rig.Executor.Answer = static _ => new(ScriptedExecutor.Good(2));

        Assert.Contains("gave 2 bytes that cannot be read", (await Assert.ThrowsAsync<ScsiException>(async () => await unit.ReportPortGroupsAsync())).Message, StringComparison.Ordinal);
    }
}
