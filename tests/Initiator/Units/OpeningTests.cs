using Blockwire.Initiator.Tests.Fakes;
using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Initiator.Tests.Units;

/// <summary>Goal: opening tells what the unit is, and no target is refused for a page that it lacks. Method: our device server, and answers that replace its own.</summary>
public sealed class OpeningTests
{
    [Fact]
    public async Task All_facts_are_read()
    {
        await using UnitRig rig = new();
        LogicalUnitFacts facts = (await rig.OpenAsync()).Facts;

        Assert.Equal((512u, 8192ul), (facts.BlockBytes, facts.BlockCount));
        Assert.Equal(rig.Unit.Serial, facts.Serial);
        Assert.Contains(facts.Designators, one => one is { Type: DesignatorType.Naa, Association: DesignatorAssociation.LogicalUnit });
        Assert.True(facts.Limits!.Value.MaximumUnmap > 0);
        Assert.True(facts.Provisioning!.Value.ReadsZeros);
        Assert.Equal(1, facts.Characteristics!.Value.RotationRate);
        Assert.True(facts.Extended!.Value.Simple);
        Assert.True(facts.ForceUnitAccess);
        Assert.False(facts.WriteProtected);
        Assert.True(facts.Caching!.Value.WriteCache);
        Assert.Equal(1, facts.Control!.Value.QueueAlgorithm);
    }

    [Fact]
    public async Task A_target_that_knows_only_the_oldest_commands_is_opened()
    {
        await using UnitRig rig = new();
        rig.Executor.Answer = request => request.Cdb[0] switch
        {
            OperationCode.ModeSense10 or OperationCode.ModeSense6 or OperationCode.ServiceActionIn16 => new(ScriptedExecutor.Check(Sense.InvalidOpcode)),
            OperationCode.Inquiry when request.Cdb[1] != 0 => new(ScriptedExecutor.Check(Sense.InvalidFieldInCdb(1))),
            _ => null,
        };
        LogicalUnit unit = await rig.OpenAsync();

        Assert.Equal((512u, 8192ul), (unit.BlockBytes, unit.BlockCount));
        Assert.Null(unit.Facts.Limits);
        Assert.Null(unit.Facts.Modes);
        Assert.False(unit.Facts.ForceUnitAccess);
        byte[] data = new byte[512];
        await unit.WriteAsync(1, data);
        await unit.ReadAsync(1, data);
    }

    [Theory]
    [InlineData(4, (ushort)0x0008)]
    [InlineData(1000, (ushort)0x0010)]
    public async Task A_cd_is_opened_without_what_drives_do_not_know(int mebibytes, ushort profile)
    {
        await using UnitRig rig = new((ulong)mebibytes << 20, 2048, type: Scsi.Device.LogicalUnitType.CdDvd);
        List<byte> sent = [];
        rig.Executor.Answer = request =>
        {
            sent.Add(request.Cdb[0]);
            return null;
        };
        LogicalUnit unit = await rig.OpenAsync();
        LogicalUnitDisk disk = await LogicalUnitDisk.OpenAsync(unit);
        byte[] data = new byte[4096];

        Assert.Equal((true, true, profile), (unit.Facts.IsCdDvd, unit.Facts.WriteProtected, unit.Facts.Profile));
        Assert.Equal((2048u, (ulong)mebibytes << 9), (unit.BlockBytes, unit.BlockCount));
        Assert.Equal((2048u, true), (disk.Traits.BlockBytes, disk.Traits.ReadOnly));
        Assert.Equal(IoStatus.Ok, await disk.ReadAsync(3, data, CancellationToken.None));
        Assert.Equal(IoStatus.Ok, await disk.FlushAsync(CancellationToken.None));
        Assert.DoesNotContain(OperationCode.ServiceActionIn16, sent);
        Assert.DoesNotContain(OperationCode.MaintenanceIn, sent);
        Assert.DoesNotContain(OperationCode.SynchronizeCache10, sent);
    }

    [Fact]
    public async Task A_drive_that_was_loaded_anew_tells_its_profile_anew()
    {
        await using UnitRig rig = new(4 << 20, 2048, type: Scsi.Device.LogicalUnitType.CdDvd);
        LogicalUnit unit = await rig.OpenAsync();
        await using MemoryDisk dvd = new(1000UL << 20, 2048);
        Assert.True(rig.Target.TryChangeMedium(rig.Unit, dvd));
        await unit.ReadAsync(100_000, new byte[2048]);
        Assert.Equal((ushort?)0x0010, unit.Facts.Profile);
    }

    [Fact]
    public async Task Each_page_alone_may_be_missing()
    {
        await using UnitRig rig = new();
        foreach (byte page in (await rig.OpenAsync()).Facts.VitalPages)
        {
            rig.Executor.Answer = request => request.Cdb[0] == OperationCode.Inquiry && request.Cdb[1] == 1 && request.Cdb[2] == page
                ? new(ScriptedExecutor.Check(Sense.InvalidFieldInCdb(2)))
                : null;
            Assert.Equal(8192ul, (await rig.OpenAsync()).BlockCount);
        }
    }

    [Fact]
    public async Task A_LUN_without_a_unit_is_refused_in_words()
    {
        await using UnitRig rig = new();
        ScriptedExecutor executor = new(new DeviceExecutor(rig.Target, LunFormat.Encode(7)));
        ScsiException refusal = await Assert.ThrowsAsync<ScsiException>(async () => await LogicalUnit.OpenAsync(executor, rig.Settings));

        Assert.Contains("no logical unit at this LUN; list its LUNs", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_unit_without_a_medium_is_opened_without_a_capacity()
    {
        await using UnitRig rig = new(removable: true);
        LogicalUnit first = await rig.OpenAsync();
        await first.StartStopAsync(StartStopAction.Eject);
        LogicalUnit unit = await rig.OpenAsync();

        Assert.Null(unit.Facts.Capacity);
        Assert.Contains("MEDIUM NOT PRESENT", Assert.Throws<InvalidOperationException>(() => unit.BlockCount).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(7, 0)]
    [InlineData(7, uint.MaxValue)]
    [InlineData(1UL << 62, 512)]
    [InlineData(1UL << 63, 1)]
    [InlineData(ulong.MaxValue, 512)]
    public async Task An_impossible_capacity_is_none(ulong lastLba, uint blockBytes)
    {
        await using UnitRig rig = new();
        rig.Executor.Answer = request => request.Cdb[0] == OperationCode.ServiceActionIn16
            ? new(ScriptedExecutor.Good(new CapacityData16(lastLba, blockBytes, 0, false, false).Write(request.DataIn.Span)))
            : null;

        Assert.Contains($"blocks of {blockBytes} bytes", (await rig.OpenAsync()).Facts.CapacityProblem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_protection_is_seen()
    {
        await using UnitRig rig = new(disk: new ReadOnlyFilter(new MemoryDisk(1 << 20)));

        Assert.True((await rig.OpenAsync()).Facts.WriteProtected);
    }
}
