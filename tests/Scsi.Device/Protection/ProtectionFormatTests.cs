using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Tests.Protection;

/// <summary>Goal: a unit whose disk keeps protection information says so and can be formatted with every type, which lasts as long as its state does.</summary>
public sealed class ProtectionFormatTests
{
    [Theory]
    [InlineData(0, 0x00), InlineData(1, 0x01), InlineData(2, 0x03), InlineData(3, 0x05)]
    public void What_the_unit_says(int type, byte capacity)
    {
        Rig rig = ProtectionRig.Create((ProtectionType)type);
        Assert.Equal(1, rig.Run(Cdbs.Inquiry()).DataIn[5] & 1);
        Assert.Equal(0x3F, rig.Run(Cdbs.Inquiry(PageCodes.Vpd.ExtendedInquiry)).DataIn[4]);
        Assert.Equal(capacity, rig.Capacity());
        Assert.Equal(512u, BinaryPrimitives.ReadUInt32BigEndian(rig.Run(Cdbs.ReadCapacity16()).DataIn.AsSpan(8)));
        Assert.Equal(1023ul, rig.LastLba());
    }

    [Fact]
    public void A_unit_whose_disk_keeps_none_says_nothing_of_it()
    {
        Rig rig = new(protection: ProtectionType.Type1);
        Assert.Equal(0, rig.Run(Cdbs.Inquiry()).DataIn[5] & 1);
        Assert.Equal(0, rig.Run(Cdbs.Inquiry(PageCodes.Vpd.ExtendedInquiry)).DataIn[4]);
        Assert.Equal(0, rig.Capacity());
        Assert.Equal(0, rig.Run(Cdbs.ModeSense6(PageCodes.Mode.Control, control: 1, noDescriptors: true)).DataIn[4 + 5] & 0x80);
    }

    [Theory]
    [InlineData(0, 0, 0), InlineData(2, 0, 1), InlineData(3, 0, 2), InlineData(3, 1, 3)]
    public void FORMAT_UNIT_changes_the_type_and_leaves_blocks_without_protection_information(byte information, byte usage, int type)
    {
        FakeStateStore state = new();
        Rig rig = ProtectionRig.Create(ProtectionType.Type1, state);
        rig.Run(ProtectionRig.Write(ProtectionType.Type1, 5, 2, 1), ProtectionRig.Blocks(2, 5)).ShouldBeGood();
        rig.Run(Cdbs.Format((byte)(information << 6 | 0x10)), [usage, 0, 0, 0]).ShouldBeGood();
        Assert.Equal(type == 0 ? 0 : (type - 1) << 1 | 1, rig.Capacity());
        foreach (ProtectionInformation each in rig.Disk.Protection)
        {
            Assert.Equal(ProtectionInformation.Unset, each);
        }

        Assert.Equal(new byte[1024], rig.Run(Cdbs.Ten(OperationCode.Read10, 5, 2)).DataIn);
        Assert.Equal(rig.Capacity(), ProtectionRig.Create(ProtectionType.Type1, state).Capacity());
        Assert.Equal(1, ProtectionRig.Create(ProtectionType.Type1, new FakeStateStore()).Capacity());
    }

    [Fact]
    public void Without_parameter_list_too()
    {
        Rig rig = ProtectionRig.Create(ProtectionType.None);
        rig.Run(Cdbs.Format(0x80)).ShouldBeGood();
        Assert.Equal(1, rig.Capacity());
        rig.Run(Cdbs.Format(0xC0)).ShouldBeGood();
        Assert.Equal(3, rig.Capacity());
        rig.Run(Cdbs.Format(0x00)).ShouldBeGood();
        Assert.Equal(0, rig.Capacity());
    }

    [Fact]
    public void Other_nexuses_hear_of_another_type()
    {
        Rig rig = ProtectionRig.Create(ProtectionType.Type1);
        rig.Run(Cdbs.Format(0x80)).ShouldBeGood();
        rig.Run(rig.Second, Cdbs.TestUnitReady).ShouldBeGood();
        rig.Run(Cdbs.Format(0xC0)).ShouldBeGood();
        rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
        rig.Run(rig.Second, Cdbs.TestUnitReady).ShouldBe(Sense.CapacityDataChanged);
        rig.Run(rig.Second, Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Theory]
    [InlineData(0x10, 1), InlineData(0x90, 1), InlineData(0xD0, 2), InlineData(0xD0, 7)]
    public void A_usage_that_means_nothing_is_refused(byte flags, byte usage)
    {
        Rig rig = ProtectionRig.Create(ProtectionType.Type1);
        rig.Run(Cdbs.Format(flags), [usage, 0, 0, 0]).ShouldBe(Sense.InvalidFieldInParameterList(0, 2));
        Assert.Equal(1, rig.Capacity());
    }

    [Fact]
    public void FMTPINFO_01b_and_intervals_within_a_block_are_refused()
    {
        Rig rig = ProtectionRig.Create(ProtectionType.Type1);
        rig.Run(Cdbs.Format(0x40)).ShouldBe(Sense.InvalidFieldInCdb(1));
        rig.Run(Cdbs.Format(0xF0), [0, 0, 0, 3, 0, 0, 0, 0]).ShouldBe(Sense.InvalidFieldInParameterList(3));
    }

    [Theory]
    [InlineData(0x40, 6), InlineData(0x80, 7), InlineData(0xC0, 7)]
    public void A_disk_that_keeps_none_cannot_be_formatted_with_any(byte flags, int bit)
    {
        new Rig().Run(Cdbs.Format(flags)).ShouldBe(Sense.InvalidFieldInCdb(1, bit));
        new Rig().Run(Cdbs.Format(0x10), [1, 0, 0, 0]).ShouldBe(Sense.InvalidFieldInParameterList(0, 2));
    }

    [Fact]
    public void A_format_with_a_pattern_and_a_sanitize_leave_no_protection_information_either()
    {
        Rig rig = ProtectionRig.Create(ProtectionType.Type1);
        rig.Run(ProtectionRig.Write(ProtectionType.Type1, 5, 2, 1), ProtectionRig.Blocks(2, 5)).ShouldBeGood();
        rig.Run(Cdbs.Format(0x90), [0, 0x88, 0, 0, 0, 1, 0, 1, 0x5A]).ShouldBeGood();
        Assert.Equal((ProtectionInformation.Unset, 0x5A), (rig.Disk.Protection[5], (int)rig.Disk.Bytes(5, 1)[3]));
        rig.Run(ProtectionRig.Write(ProtectionType.Type1, 5, 2, 1), ProtectionRig.Blocks(2, 5)).ShouldBeGood();
        rig.Run(Cdbs.Sanitize(ServiceAction.SanitizeBlockErase)).ShouldBeGood();
        Assert.Equal(ProtectionInformation.Unset, rig.Disk.Protection[5]);
        Assert.Equal(1, rig.Capacity());
    }

    [Fact]
    public void A_failed_format_leaves_the_type_as_it_was()
    {
        Rig rig = ProtectionRig.Create(ProtectionType.Type1);
        rig.Disk.Failure = Storage.IoStatus.WriteError;
        Assert.Equal(SenseKey.MediumError, rig.Run(Cdbs.Format(0xC0)).Sense?.Key);
        rig.Disk.Failure = Storage.IoStatus.Ok;
        rig.Run(Cdbs.Format(0x80)).ShouldBeGood();
        Assert.Equal(1, rig.Capacity());
    }

    [Fact]
    public async Task A_state_that_cannot_be_read_is_told()
    {
        FakeStateStore state = new();
        await state.ReplaceAsync("protection", "{\"type\":9}"u8.ToArray());
        Assert.Throws<UnitStateException>(() => ProtectionRig.Create(ProtectionType.Type1, state));
    }

    [Fact]
    public void ATO_and_DPICZ_can_be_changed_and_saved()
    {
        FakeStateStore state = new();
        Rig rig = ProtectionRig.Create(ProtectionType.Type1, state);
        byte[] mask = rig.Run(Cdbs.ModeSense6(PageCodes.Mode.Control, control: 1, noDescriptors: true)).DataIn;
        Assert.Equal((0x08, 0x80), (mask[4 + 2] & 0x08, mask[4 + 5] & 0x80));
        byte[] page = rig.Run(Cdbs.ModeSense6(PageCodes.Mode.Control, noDescriptors: true)).DataIn;
        page[0] = page[2] = page[3] = 0;
        page[4] &= 0x3F;
        page[4 + 5] |= 0x80;
        rig.Run(Cdbs.ModeSelect6(page.Length, 0x11), page).ShouldBeGood();
        Rig again = ProtectionRig.Create(ProtectionType.Type1, state);
        Assert.Equal(0x80, again.Run(Cdbs.ModeSense6(PageCodes.Mode.Control, noDescriptors: true)).DataIn[4 + 5] & 0x80);
    }
}
