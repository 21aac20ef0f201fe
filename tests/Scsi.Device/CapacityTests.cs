using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: capacity, provisioning state and REPORT LUNS (SBC-3 §5.4, §5.15, §5.16, SPC-4 §6.33). Method: parse the parameter data.</summary>
public sealed class CapacityTests
{
    [Fact]
    public void Read_capacity_10_gives_last_block_and_block_length() => Assert.Equal(
        new CapacityData10(99, 4096),
        CapacityData10.Parse(new Rig(new FakeDisk(4096, 100)).Run(Cdbs.Ten(OperationCode.ReadCapacity10, 0, 0)).DataIn));

    [Fact]
    public void Read_capacity_10_saturates()
    {
        FakeDisk small = new();
        FakeDisk huge = new() { Traits = small.Traits with { BlockCount = 1UL << 32 } };
        Assert.Equal(uint.MaxValue, CapacityData10.Parse(new Rig(huge).Run(Cdbs.Ten(OperationCode.ReadCapacity10, 0, 0)).DataIn)!.Value.LastLba);
        FakeDisk beyond = new() { Traits = small.Traits with { BlockCount = 1UL << 40 } };
        Assert.Equal(uint.MaxValue, CapacityData10.Parse(new Rig(beyond).Run(Cdbs.Ten(OperationCode.ReadCapacity10, 0, 0)).DataIn)!.Value.LastLba);
        Assert.Equal((1UL << 40) - 1, CapacityData16.Parse(new Rig(beyond).Run(Cdbs.ReadCapacity16()).DataIn)!.Value.LastLba);
    }

    [Fact]
    public void Read_capacity_16_tells_of_provisioning_and_physical_blocks()
    {
        FakeDisk disk = new(512, 1024, physicalBytes: 4096);
        Assert.Equal(new CapacityData16(1023, 512, 3, true, true), CapacityData16.Parse(new Rig(disk).Run(Cdbs.ReadCapacity16()).DataIn));
        Assert.Equal(
            new CapacityData16(1023, 512, 0, false, false),
            CapacityData16.Parse(new Rig(thin: false).Run(Cdbs.ReadCapacity16()).DataIn));
        for (uint allocation = 0; allocation < 40; allocation++)
        {
            Assert.Equal((int)Math.Min(allocation, 32), new Rig().Run(Cdbs.ReadCapacity16(allocation)).DataIn.Length);
        }
    }

    [Fact]
    public void Thin_is_off_when_the_disk_cannot_unmap()
    {
        FakeDisk disk = new();
        FakeDisk stubborn = new() { Traits = disk.Traits with { Unmap = Support.No } };
        Rig rig = new(stubborn);
        Assert.False(rig.Unit.Thin);
        rig.Run(Cdbs.Unmap(24), Cdbs.UnmapList(new UnmapDescriptor(0, 1))).ShouldBe(Sense.InvalidOpcode);
    }

    [Fact]
    public void Lba_status_runs_follow_unmaps()
    {
        Rig rig = new();
        byte[] list = Cdbs.UnmapList(new UnmapDescriptor(10, 5), new UnmapDescriptor(20, 1));
        rig.Run(Cdbs.Unmap(list.Length), list).ShouldBeGood();
        Assert.Equal(
            [new(3, 7, 0), new(10, 5, 1), new(15, 5, 0), new(20, 1, 1), new(21, 1003, 0)],
            Runs(rig.Run(Cdbs.LbaStatus(3)).DataIn));
        Assert.Equal([new(12, 3, 1)], Runs(rig.Run(Cdbs.LbaStatus(12, 24)).DataIn));
        Assert.Equal(8, rig.Run(Cdbs.LbaStatus(12, 8)).DataIn.Length);
        Assert.Empty(rig.Run(Cdbs.LbaStatus(12, 0)).DataIn);
        rig.Run(Cdbs.LbaStatus(1024)).ShouldBe(Sense.LbaOutOfRange(1024));
        Assert.Equal([new(0, 1024, 0)], Runs(new Rig(thin: false).Run(Cdbs.LbaStatus(0)).DataIn));
    }

    [Fact]
    public void Lba_status_tells_when_the_disk_fails_though_not_at_which_block()
    {
        Rig rig = new();
        rig.Disk.Failure = IoStatus.ReadError;
        rig.Run(Cdbs.LbaStatus(5)).ShouldBe(Sense.UnrecoveredReadError(5) with { Information = null });
    }

    [Fact]
    public void Report_luns_lists_units_in_order()
    {
        LogicalUnit Unit(uint number) => new(number, new FakeDisk(), new LogicalUnitOptions { Identity = $"x{number}" });
        ScsiTargetDevice target = new("iqn.x", [Unit(300), Unit(0), Unit(5)]);
        using OneBufferPool pool = new();
        ScsiCommand command = new(pool);
        foreach ((byte select, ulong[] luns) in new[]
        {
            ((byte)0, new[] { 0UL, 5UL << 48, 0x412CUL << 48 }), ((byte)1, [LunFormat.ReportLunsWellKnown]), ((byte)2, [LunFormat.ReportLunsWellKnown, 0UL, 5UL << 48, 0x412CUL << 48]),
        })
        {
            command.Begin(new Nexus("i", 1, 1, 1), LunFormat.Encode(5), Cdbs.ReportLuns(select), TaskAttribute.Simple);
            Assert.True(target.Prepare(command));
            Assert.True(target.ExecuteAsync(command, CancellationToken.None).AsTask().IsCompletedSuccessfully);
            Assert.Equal(luns, LunList.Parse(command.DataIn.Span, out int total));
            Assert.Equal(luns.Length, total);
            command.End();
        }

        Assert.Throws<ArgumentException>(() => new ScsiTargetDevice("iqn.x", [Unit(1), Unit(1)]));
        Assert.True(target.HasUnit(5UL << 48) && !target.HasUnit(6UL << 48) && !target.HasUnit(5UL << 48 | 1));
    }

    [Fact]
    public void Report_luns_refuses_an_unknown_selection_and_cuts()
    {
        Rig rig = new();
        rig.Run(Cdbs.ReportLuns(3)).ShouldBe(Sense.InvalidFieldInCdb(2));
        Assert.Equal(12, rig.Run(Cdbs.ReportLuns(0, 12)).DataIn.Length);
        Assert.Empty(rig.Run(Cdbs.ReportLuns(0, 0)).DataIn);
    }

    private static List<LbaStatusDescriptor> Runs(byte[] data)
    {
        List<LbaStatusDescriptor> runs = [];
        for (int at = LbaStatusDescriptor.HeaderLength; at < data.Length; at += LbaStatusDescriptor.Length)
        {
            runs.Add(LbaStatusDescriptor.Read(data.AsSpan(at)));
        }

        return runs;
    }
}
