using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Tests.Multimedia;

/// <summary>Goal: media come and go as those who use them let them, and everyone hears of it. Method: two nexuses, a drive, and an operator who changes the medium.</summary>
public sealed class TrayTests
{
    private static readonly SenseData _changed = new(SenseKey.UnitAttention, 0x28, 0x00);
    private readonly Rig _rig = Cd.Rig();

    [Fact]
    public void Ejecting_opens_the_tray_and_loading_closes_it()
    {
        _rig.Run(Cdbs.StartStop(2)).ShouldBeGood();
        _rig.Run(Cdbs.TestUnitReady).ShouldBe(new SenseData(SenseKey.NotReady, 0x3A, 0x02));
        _rig.Run(Cdbs.StartStop(1)).ShouldBe(new SenseData(SenseKey.NotReady, 0x3A, 0x02));
        _rig.Run(Cdbs.StartStop(3)).ShouldBeGood();
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBe(_changed);
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBeGood();
        _rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Fact]
    public void An_empty_tray_is_open_or_closed()
    {
        Rig rig = Cd.Rig(empty: true);
        rig.Run(Cdbs.TestUnitReady).ShouldBe(new SenseData(SenseKey.NotReady, 0x3A, 0x01));
        rig.Run(Cdbs.StartStop(2)).ShouldBeGood();
        rig.Run(Cdbs.TestUnitReady).ShouldBe(new SenseData(SenseKey.NotReady, 0x3A, 0x02));
        rig.Run(Cdbs.StartStop(3)).ShouldBeGood();
        rig.Run(Cdbs.TestUnitReady).ShouldBe(new SenseData(SenseKey.NotReady, 0x3A, 0x01));
    }

    [Fact]
    public void A_removable_disk_tells_of_its_open_tray_too()
    {
        Rig disk = new(removable: true);
        disk.Run(Cdbs.StartStop(2)).ShouldBeGood();
        disk.Run(Cdbs.TestUnitReady).ShouldBe(new SenseData(SenseKey.NotReady, 0x3A, 0x02));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Who_prevents_removal_holds_the_medium_against_all(byte prevent)
    {
        _rig.Run(Cdbs.Prevent(prevent)).ShouldBeGood();
        foreach (Nexus nexus in new[] { _rig.First, _rig.Second })
        {
            _rig.Run(nexus, Cdbs.StartStop(2)).ShouldBe(new SenseData(SenseKey.IllegalRequest, 0x53, 0x02));
        }

        _rig.Run(_rig.Second, Cdbs.Prevent((byte)(prevent & 2))).ShouldBeGood();
        _rig.Run(Cdbs.StartStop(2)).ShouldBe(new SenseData(SenseKey.IllegalRequest, 0x53, 0x02));
        _rig.Run(Cdbs.Prevent((byte)(prevent & 2))).ShouldBeGood();
        _rig.Run(Cdbs.StartStop(2)).ShouldBeGood();
    }

    [Fact]
    public void The_two_ways_of_preventing_do_not_end_each_other()
    {
        _rig.Run(Cdbs.Prevent(1)).ShouldBeGood();
        _rig.Run(Cdbs.Prevent(3)).ShouldBeGood();
        _rig.Run(Cdbs.Prevent(0)).ShouldBeGood();
        _rig.Run(Cdbs.StartStop(2)).ShouldBe(Sense.MediumRemovalPrevented);
        _rig.Run(Cdbs.Prevent(2)).ShouldBeGood();
        _rig.Run(Cdbs.StartStop(2)).ShouldBeGood();
    }

    [Fact]
    public void A_reset_and_the_loss_of_the_nexus_end_prevention()
    {
        _rig.Run(Cdbs.Prevent(3)).ShouldBeGood();
        _rig.Target.LogicalUnitReset(0, _rig.Second);
        Assert.False(_rig.Unit.IsRemovalPrevented);
        _rig.Run(Cdbs.TestUnitReady).ShouldBe(Sense.BusDeviceReset);
        _rig.Run(Cdbs.Prevent(3)).ShouldBeGood();
        _rig.Target.DetachNexus(_rig.First);
        Assert.False(_rig.Unit.IsRemovalPrevented);
    }

    [Fact]
    public void A_stopped_disc_turns_again_for_the_next_command()
    {
        _rig.Run(Cdbs.StartStop(0)).ShouldBeGood();
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 1)).ShouldBeGood();
    }

    [Fact]
    public void Power_conditions_of_mmc()
    {
        foreach (byte good in new byte[] { 0x20, 0x30, 0x50 })
        {
            _rig.Run(Cdbs.StartStop(good)).ShouldBeGood();
        }

        Assert.Equal(new SenseData(SenseKey.NoSense, 0x5E, 0x04), SenseData.Parse(_rig.Run(Cdbs.RequestSense()).DataIn));
        foreach (byte bad in new byte[] { 0x10, 0x40, 0x60, 0x70, 0xA0, 0xB0, 0xF0 })
        {
            _rig.Run(Cdbs.StartStop(bad)).ShouldBe(Sense.InvalidFieldInCdb(4, 7));
        }
    }

    [Fact]
    public void Another_medium_is_new_to_everyone()
    {
        FakeDisk other = Cd.Medium(700);
        other.Bytes(0, 1).Fill(0x77);
        Assert.True(_rig.Target.TryChangeMedium(_rig.Unit, other));
        foreach (Nexus nexus in new[] { _rig.First, _rig.Second })
        {
            _rig.Run(nexus, Cdbs.TestUnitReady).ShouldBe(_changed);
            Assert.Equal([0, 6, 4, 0x56, 2, 2, 0, 0], _rig.Run(nexus, Cd.Events(0x10)).DataIn);
            Assert.Equal([0, 0, 2, 0xBB, 0, 0, 8, 0], _rig.Run(nexus, Cdbs.Ten(OperationCode.ReadCapacity10, 0, 0)).DataIn);
            Assert.Equal(0x77, _rig.Run(nexus, Cdbs.Ten(OperationCode.Read10, 0, 1)).DataIn[2047]);
        }
    }

    [Fact]
    public void An_empty_drive_gets_a_medium_and_loses_it()
    {
        Rig rig = Cd.Rig(empty: true);
        Assert.False(rig.Unit.HasMedium);
        Assert.True(rig.Target.TryChangeMedium(rig.Unit, Cd.Medium()));
        rig.Run(Cdbs.TestUnitReady).ShouldBe(_changed);
        rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
        rig.Run(Cd.Events(0x10));
        Assert.True(rig.Target.TryChangeMedium(rig.Unit, null));
        rig.Run(Cdbs.TestUnitReady).ShouldBe(new SenseData(SenseKey.NotReady, 0x3A, 0x01));
        Assert.Equal([0, 6, 4, 0x56, 3, 0, 0, 0], rig.Run(Cd.Events(0x10)).DataIn);
    }

    [Fact]
    public void A_medium_that_is_held_is_not_changed_but_asked_for()
    {
        _rig.Run(_rig.Second, Cdbs.Prevent(1)).ShouldBeGood();
        Assert.False(_rig.Target.TryChangeMedium(_rig.Unit, Cd.Medium(700)));
        foreach (Nexus nexus in new[] { _rig.First, _rig.Second })
        {
            Assert.Equal([0, 6, 4, 0x56, 1, 2, 0, 0], _rig.Run(nexus, Cd.Events(0x10)).DataIn);
        }

        _rig.Run(_rig.Second, Cdbs.Prevent(0)).ShouldBeGood();
        Assert.True(_rig.Target.TryChangeMedium(_rig.Unit, Cd.Medium(700)));
    }

    [Fact]
    public void A_medium_of_another_kind_is_a_mistake()
    {
        Assert.Throws<ArgumentException>(() => _rig.Target.TryChangeMedium(_rig.Unit, new FakeDisk(512, readOnly: true)));
        Assert.Throws<ArgumentException>(() => _rig.Target.TryChangeMedium(_rig.Unit, new FakeDisk(2048)));
        Rig fixedDisk = new();
        Assert.Throws<ArgumentException>(() => fixedDisk.Target.TryChangeMedium(fixedDisk.Unit, new FakeDisk()));
        Assert.Throws<ArgumentException>(() => fixedDisk.Target.TryChangeMedium(fixedDisk.Unit, null));
        Rig removable = new(removable: true);
        Assert.True(removable.Target.TryChangeMedium(removable.Unit, new FakeDisk(blockCount: 2000)));
    }

    [Fact]
    public void A_drive_needs_blocks_of_2048_bytes()
    {
        Assert.Throws<ArgumentException>(() => new Rig(new FakeDisk(512), type: LogicalUnitType.CdDvd));
        new Rig(new FakeDisk(2048)).Run(Cdbs.Ten(OperationCode.Read10, 0, 1)).ShouldBeGood();
    }

    [Fact]
    public void A_disc_does_not_grow()
    {
        _rig.Disk.Growth = 10;
        Assert.False(_rig.Unit.TryGrow());
    }

    [Fact]
    public void What_is_closed_below_ends_with_not_ready()
    {
        _rig.Disk.Failure = IoStatus.NotReady;
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 1)).ShouldBe(Sense.MediumNotPresent);
    }
}
