namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: logical units that come, go and grow while they are served (SPC-4 §6.33, SBC-3 §4.10). Method: two nexuses, one step at a time.</summary>
public sealed class UnitListTests
{
    private static readonly ulong _lun1 = LunFormat.Encode(1);

    private readonly Rig _rig = new();

    [Fact]
    public void A_unit_that_comes_is_listed_and_every_nexus_hears_of_it()
    {
        _rig.Target.AddUnit(Unit(1));
        foreach (Nexus nexus in new[] { _rig.First, _rig.Second })
        {
            _rig.Run(nexus, Cdbs.TestUnitReady).ShouldBe(Sense.ReportedLunsDataChanged);
            _rig.Run(nexus, Cdbs.TestUnitReady).ShouldBeGood();
            _rig.Run(nexus, Cdbs.TestUnitReady, lun: _lun1).ShouldBe(Sense.PowerOnOccurred);
            _rig.Run(nexus, Cdbs.TestUnitReady, lun: _lun1).ShouldBeGood();
        }

        Assert.Equal([0, 0, 0, 16], _rig.Run(Cdbs.ReportLuns(0)).DataIn[..4]);
    }

    [Fact]
    public void A_unit_that_goes_is_not_supported_any_more()
    {
        LogicalUnit unit = Unit(1);
        _rig.Target.AddUnit(unit);
        _rig.Run(_rig.First, Cdbs.TestUnitReady, lun: _lun1).ShouldBe(Sense.PowerOnOccurred);
        Assert.Same(unit, _rig.Target.RemoveUnit(1));
        Assert.Null(_rig.Target.RemoveUnit(1));
        _rig.Run(_rig.First, Cdbs.TestUnitReady, lun: _lun1).ShouldBe(Sense.LogicalUnitNotSupported);
        Assert.Equal(0x7F, _rig.Run(_rig.First, Cdbs.Inquiry(), lun: _lun1).DataIn[0]);
        Assert.Equal([0, 0, 0, 8], _rig.Run(Cdbs.ReportLuns(0)).DataIn[..4]);
    }

    [Fact]
    public async Task A_command_that_runs_when_its_unit_goes_is_done()
    {
        using OneBufferPool pool = new();
        ScsiCommand command = new(pool);
        command.Begin(_rig.First, 0, Cdbs.Ten(OperationCode.Write10, 0, 1), TaskAttribute.Simple);
        Assert.True(_rig.Target.Prepare(command));
        _rig.Target.RemoveUnit(0);
        command.DataOut = Enumerable.Repeat((byte)5, 512).ToArray();
        await _rig.Target.ExecuteAsync(command, CancellationToken.None);
        Assert.Equal((ScsiStatus.Good, 5), (command.Status, _rig.Disk.Bytes(0, 1)[511]));
        command.End();
    }

    [Fact]
    public void Who_reads_the_list_need_not_hear_that_it_has_changed()
    {
        _rig.Target.AddUnit(Unit(1));
        _rig.Run(Cdbs.ReportLuns(0)).ShouldBeGood();
        _rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBe(Sense.ReportedLunsDataChanged);
    }

    [Fact]
    public void A_nexus_that_has_gone_is_not_told_and_one_that_comes_finds_the_new_unit()
    {
        _rig.Target.DetachNexus(_rig.Second);
        LogicalUnit unit = Unit(1);
        _rig.Target.AddUnit(unit);
        Assert.Equal(0, unit.PendingEvent(_rig.Second));
        Nexus third = new("iqn.2026-11.local.third:c", 3, 1, 1);
        _rig.Target.AttachNexus(third, afterNexusLoss: false);
        _rig.Run(third, Cdbs.TestUnitReady, lun: _lun1).ShouldBe(Sense.PowerOnOccurred);
    }

    [Fact]
    public void Two_units_of_one_number_are_refused()
    {
        Assert.Throws<ArgumentException>(() => _rig.Target.AddUnit(Unit(0)));
        Assert.Single(_rig.Target.Units);
        _rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Fact]
    public void A_disk_that_grew_shows_its_new_blocks_and_every_nexus_hears_of_it()
    {
        Rig rig = new(new FakeDisk(blockCount: 2048, shownBlocks: 1024));
        Assert.False(rig.Unit.TryGrow());
        rig.Run(Cdbs.Ten(OperationCode.Read10, 1024, 1)).ShouldBe(Sense.LbaOutOfRange(1024));
        rig.Disk.Growth = 1024;
        Assert.True(rig.Unit.TryGrow());
        foreach (Nexus nexus in new[] { rig.First, rig.Second })
        {
            rig.Run(nexus, Cdbs.TestUnitReady).ShouldBe(Sense.CapacityDataChanged);
        }

        Assert.Equal([0, 0, 7, 255], rig.Run(Cdbs.Ten(OperationCode.ReadCapacity10, 0, 0)).DataIn[..4]);
        rig.Run(Cdbs.Ten(OperationCode.Read10, 2047, 1)).ShouldBeGood();
        rig.Run(Cdbs.Ten(OperationCode.Read10, 2047, 2)).ShouldBe(Sense.LbaOutOfRange(2048));
    }

    private static LogicalUnit Unit(uint number) => new(number, new FakeDisk(), new() { Identity = $"{Rig.TargetName}/{number}" });
}
