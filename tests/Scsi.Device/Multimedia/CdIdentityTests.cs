namespace Blockwire.Scsi.Device.Tests.Multimedia;

/// <summary>Goal: a drive shows itself as one: INQUIRY, its pages and the mode pages. Method: bytes held against SPC-4 and MMC-5.</summary>
public sealed class CdIdentityTests
{
    private readonly Rig _rig = Cd.Rig();

    [Fact]
    public void Standard_inquiry_data()
    {
        StandardInquiryData data = StandardInquiryData.Parse(_rig.Run(Cdbs.Inquiry()).DataIn)!;
        Assert.Equal((5, true, "Blockwire CD/DVD"), (data.DeviceType, data.Removable, data.Product));
        Assert.Equal((0, false), (data.PortGroupSupport, data.ThirdPartyCopy));
        Assert.Equal<ushort>([0x00A0, 0x0961, 0x0460, 0x0420], data.VersionDescriptors);
    }

    [Fact]
    public void Pages_are_those_of_every_device()
    {
        Assert.Equal([5, 0, 0, 6, 0, 0x80, 0x83, 0x86, 0x87, 0x88], _rig.Run(Cdbs.Inquiry(0)).DataIn);
        foreach (byte page in new byte[] { 0x80, 0x83, 0x86, 0x87, 0x88 })
        {
            Assert.Equal([5, page], _rig.Run(Cdbs.Inquiry(page)).DataIn[..2]);
        }

        foreach (byte page in new byte[] { 0x8F, 0xB0, 0xB1, 0xB2 })
        {
            _rig.Run(Cdbs.Inquiry(page)).ShouldBe(Sense.InvalidFieldInCdb(2));
        }
    }

    [Fact]
    public void All_mode_pages_without_block_descriptor()
    {
        byte[] data = _rig.Run(Cdbs.ModeSense10(0x3F, allocation: 512)).DataIn;
        Assert.Equal([0, 96, 0, 0, 0, 0, 0, 0], data[..8]);
        Assert.Equal(
            [
                0x01, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                0x0D, 6, 0, 0, 0, 60, 0, 75,
                0x0E, 14, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                0x1A, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                0x1D, 8, 0, 0, 0, 0, 0, 30, 0, 30,
                0x2A, 30, 0x0B, 0, 0, 0, 0x29, 0, 0x56, 0x90, 0, 0, 0x80, 0, 0x23, 0xD5, .. new byte[16],
            ],
            data[8..]);
        Assert.Equal(data.Length - 2, data[1]);
    }

    [Fact]
    public void The_capabilities_tell_whether_the_medium_is_locked()
    {
        _rig.Run(Cdbs.Prevent(1)).ShouldBeGood();
        Assert.Equal(0x2B, _rig.Run(Cdbs.ModeSense6(0x2A)).DataIn[4 + 6]);
        Assert.Equal(0x29, _rig.Run(Cdbs.ModeSense6(0x2A, control: 2)).DataIn[4 + 6]);
    }

    [Fact]
    public void Pages_of_writers_and_of_disks_are_unknown()
    {
        foreach (byte page in new byte[] { 0x05, 0x08, 0x0A, 0x1C })
        {
            _rig.Run(Cdbs.ModeSense6(page)).ShouldBe(Sense.InvalidFieldInCdb(2, 5));
        }
    }

    [Fact]
    public void Power_timers_can_be_set()
    {
        byte[] page = [0x1A, 10, 0, 0x03, 0, 0, 0, 10, 0, 0, 0, 20];
        _rig.Run(Cdbs.ModeSelect6(16), [0, 0, 0, 0, .. page]).ShouldBeGood();
        Assert.Equal(page, _rig.Run(Cdbs.ModeSense6(0x1A)).DataIn[4..]);
        _rig.Time.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Equal([0, 6, 2, 0x56, 1, 2, 0, 0], _rig.Run(Cd.Events(0x04)).DataIn);
        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([0, 6, 2, 0x56, 1, 3, 0, 0], _rig.Run(Cd.Events(0x04)).DataIn);
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 1)).ShouldBeGood();
        Assert.Equal([0, 6, 2, 0x56, 1, 1, 0, 0], _rig.Run(Cd.Events(0x04)).DataIn);
    }

    [Fact]
    public void A_block_length_of_2048_can_be_selected_and_no_other()
    {
        _rig.Run(Cdbs.ModeSelect6(12), [0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 8, 0]).ShouldBeGood();
        _rig.Run(Cdbs.ModeSelect6(12), [0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 9, 0x30]).ShouldBe(Sense.InvalidFieldInParameterList(8));
    }

    [Fact]
    public void No_disk_copies_from_a_drive()
    {
        LogicalUnit disk = new(1, new FakeDisk(2048), new LogicalUnitOptions { Identity = "x/1" });
        _rig.Target.AddUnit(disk);
        byte[] list = CopyData.Short(1, [CopyData.Disk(_rig.Unit)]);
        Outcome outcome = _rig.Run(_rig.First, Cdbs.TestUnitReady, lun: LunFormat.Encode(1));
        Assert.Equal(SenseKey.UnitAttention, outcome.Sense?.Key);
        _rig.Run(_rig.First, Cdbs.Copy(OperationCode.ExtendedCopy, ServiceAction.ExtendedCopyLid1, list.Length), list, lun: LunFormat.Encode(1))
            .ShouldBe(Sense.IncorrectCopyTargetType(17));
    }
}
