using System.Buffers.Binary;
using Blockwire.Scsi.Device.Modes;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: MODE SELECT as SPC-4 §6.11, §6.12 and §7.5 have it. Method: a page as MODE SENSE gives it, changed and sent back.</summary>
public sealed class ModeSelectTests
{
    private const byte Caching = 0x08, Control = 0x0A;

    private readonly Rig _rig = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_selected_is_sensed(bool ten)
    {
        byte[] page = Page(Control);
        page[2] |= ModePages.DescriptorSense;
        Select(_rig, page, ten).ShouldBeGood();
        Assert.Equal(page, Page(Control));
        Assert.True(_rig.Unit.DescriptorSense);
        Assert.Equal(0, _rig.Run(Cdbs.ModeSense6(Control, control: 2, noDescriptors: true)).DataIn[6] & ModePages.DescriptorSense);
    }

    [Fact]
    public void Everything_that_sense_gives_can_be_sent_back()
    {
        byte[] all = _rig.Run(Cdbs.ModeSense10(PageCodes.Mode.All, 0xFF, flags: 0x10, allocation: 1000)).DataIn;
        _rig.Run(Cdbs.ModeSelect10(all.Length), all).ShouldBeGood();
        all = _rig.Run(Cdbs.ModeSense6(PageCodes.Mode.All, 0xFF)).DataIn;
        _rig.Run(Cdbs.ModeSelect6(all.Length), all).ShouldBeGood();
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Fact]
    public void Other_nexuses_hear_of_a_change()
    {
        byte[] page = Page(Control);
        page[2] |= ModePages.DescriptorSense;
        Select(_rig, page).ShouldBeGood();
        _rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBe(Sense.ModeParametersChanged);
        Select(_rig, page).ShouldBeGood();
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Fact]
    public void Every_bit_that_is_not_changeable_is_refused_at_its_place()
    {
        foreach (ModePage row in _rig.Unit.Modes.Pages)
        {
            byte[] page = _rig.Unit.Modes.Current(row.Code, row.Subpage).ToArray();
            byte[] mask = _rig.Unit.Modes.Read(_rig.Unit.Modes.Find(row.Code, row.Subpage), PageControl.Changeable).ToArray();
            for (int at = row.HeaderLength; at < page.Length; at++)
            {
                for (int bit = 0; bit < 8; bit++)
                {
                    if ((mask[at] & 1 << bit) == 0)
                    {
                        byte[] spoilt = [.. page];
                        spoilt[at] ^= (byte)(1 << bit);
                        Select(_rig, spoilt, ten: true).ShouldBe(Sense.InvalidFieldInParameterList(8 + at, bit));
                    }
                }
            }
        }
    }

    [Fact]
    public void A_list_with_a_bad_page_changes_nothing()
    {
        byte[] good = Page(Control);
        good[2] |= ModePages.DescriptorSense;
        byte[] bad = Page(Caching);
        bad[3] = 1;
        Select(_rig, [.. good, .. bad]).ShouldBe(Sense.InvalidFieldInParameterList(4 + good.Length + 3, 0));
        Assert.False(_rig.Unit.DescriptorSense);
    }

    [Fact]
    public void Unknown_pages_and_wrong_lengths_are_refused()
    {
        Select(_rig, [0x03, 10, .. new byte[10]]).ShouldBe(Sense.InvalidFieldInParameterList(4, 5));
        Select(_rig, [Control | 0x40, 5, 0, 8, .. new byte[8]]).ShouldBe(Sense.InvalidFieldInParameterList(4, 5));
        Select(_rig, [Control, 9, .. new byte[9]]).ShouldBe(Sense.InvalidFieldInParameterList(5));
        Select(_rig, [Control | 0x40, 1, 0, 27, .. new byte[27]]).ShouldBe(Sense.InvalidFieldInParameterList(7));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_list_that_ends_too_early_is_refused(bool ten)
    {
        byte[] whole = ten
            ? _rig.Run(Cdbs.ModeSense10(Control)).DataIn
            : _rig.Run(Cdbs.ModeSense6(Control)).DataIn;
        int header = (ten ? 8 : 4) + 8;
        for (int length = 1; length < whole.Length; length++)
        {
            Outcome outcome = _rig.Run(ten ? Cdbs.ModeSelect10(length) : Cdbs.ModeSelect6(length), whole[..length]);
            if (length == header)
            {
                outcome.ShouldBeGood();
            }
            else
            {
                outcome.ShouldBe(Sense.ParameterListLengthError);
            }
        }

        _rig.Run(ten ? Cdbs.ModeSelect10(0) : Cdbs.ModeSelect6(0)).ShouldBeGood();
    }

    [Fact]
    public void Block_descriptors_must_be_what_the_disk_is()
    {
        byte[] list = _rig.Run(Cdbs.ModeSense6(Caching)).DataIn[..12];
        _rig.Run(Cdbs.ModeSelect6(12), list).ShouldBeGood();
        foreach (uint blocks in new uint[] { 0, uint.MaxValue })
        {
            BinaryPrimitives.WriteUInt32BigEndian(list.AsSpan(4), blocks);
            _rig.Run(Cdbs.ModeSelect6(12), list).ShouldBeGood();
        }

        BinaryPrimitives.WriteUInt32BigEndian(list.AsSpan(4), 1000);
        _rig.Run(Cdbs.ModeSelect6(12), list).ShouldBe(Sense.InvalidFieldInParameterList(4));
        BinaryPrimitives.WriteUInt32BigEndian(list.AsSpan(4), 1024);
        BinaryPrimitives.WriteUInt32BigEndian(list.AsSpan(8), 4096);
        _rig.Run(Cdbs.ModeSelect6(12), list).ShouldBe(Sense.InvalidFieldInParameterList(8));
        list[3] = 7;
        _rig.Run(Cdbs.ModeSelect6(12), list).ShouldBe(Sense.InvalidFieldInParameterList(3));
        byte[] longList = _rig.Run(Cdbs.ModeSense10(Caching, flags: 0x10)).DataIn[..24];
        _rig.Run(Cdbs.ModeSelect10(24), longList).ShouldBeGood();
        longList[8 + 15] = 1;
        _rig.Run(Cdbs.ModeSelect10(24), longList).ShouldBe(Sense.InvalidFieldInParameterList(8 + 12));
        longList[4] = 0;
        _rig.Run(Cdbs.ModeSelect10(24), longList).ShouldBe(Sense.InvalidFieldInParameterList(6));
    }

    [Fact]
    public void Pages_without_page_format_and_saving_without_a_place_are_refused()
    {
        byte[] list = [0, 0, 0, 0, .. Page(Control)];
        _rig.Run(Cdbs.ModeSelect6(list.Length, 0), list).ShouldBe(Sense.InvalidFieldInCdb(1, 4));
        _rig.Run(Cdbs.ModeSelect6(4, 0), list).ShouldBeGood();
        _rig.Run(Cdbs.ModeSelect6(list.Length, 0x11), list).ShouldBe(Sense.InvalidFieldInCdb(1, 0));
        Assert.Equal(0, Page(Control)[0] & ModePage.Saveable);
    }

    [Fact]
    public void Without_write_cache_every_write_is_stable()
    {
        byte[] page = Page(Caching);
        page[2] = 0;
        _rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 1), new byte[512]).ShouldBeGood();
        Assert.Equal((0, 0), (_rig.Disk.ForcedWrites, _rig.Disk.Flushes));
        Select(_rig, page).ShouldBeGood();
        Assert.Equal(1, _rig.Disk.Flushes);
        _rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 1), new byte[512]).ShouldBeGood();
        _rig.Run(Cdbs.Six(OperationCode.Write6, 0, 1), new byte[512]).ShouldBeGood();
        Assert.Equal((2, 1), (_rig.Disk.ForcedWrites, _rig.Disk.Flushes));
        _rig.Run(Cdbs.Ten(OperationCode.WriteSame10, 0, 8), Filled()).ShouldBeGood();
        _rig.Run(Cdbs.Ten(OperationCode.WriteSame10, 0, 8), new byte[512]).ShouldBeGood();
        Assert.Equal(3, _rig.Disk.Flushes);
        _rig.Run(Cdbs.Ten(OperationCode.WriteAndVerify10, 0, 1), new byte[512]).ShouldBeGood();
        Assert.Equal((3, 3), (_rig.Disk.ForcedWrites, _rig.Disk.Flushes));

        static byte[] Filled()
        {
            byte[] block = new byte[512];
            block.AsSpan().Fill(0x5A);
            return block;
        }
    }

    [Fact]
    public void A_flush_that_fails_when_the_cache_goes_off_is_told()
    {
        byte[] page = Page(Caching);
        page[2] = 0;
        _rig.Disk.Failure = IoStatus.WriteError;
        Select(_rig, page).ShouldBe(new SenseData(SenseKey.MediumError, 0x0C, 0x00));
    }

    [Fact]
    public void Software_write_protection_flushes_and_then_refuses_changes()
    {
        byte[] page = Page(Control);
        page[4] |= ModePages.SoftwareWriteProtect;
        Select(_rig, page).ShouldBeGood();
        Assert.Equal(1, _rig.Disk.Flushes);
        _rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 1), new byte[512]).ShouldBe(Sense.WriteProtected);
        Assert.Equal(0x90, _rig.Run(Cdbs.ModeSense6(Control)).DataIn[2]);
        page[4] = 0;
        Select(_rig, page).ShouldBeGood();
        _rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 1), new byte[512]).ShouldBeGood();
    }

    [Fact]
    public void A_reset_brings_the_defaults_back()
    {
        byte[] page = Page(Caching);
        page[2] = 0;
        Select(_rig, page).ShouldBeGood();
        Assert.True(_rig.Unit.Modes.WriteThrough);
        _rig.Target.LogicalUnitReset(0, _rig.First);
        Assert.False(_rig.Unit.Modes.WriteThrough);
    }

    private static Outcome Select(Rig rig, byte[] pages, bool ten = false) => ten
        ? rig.Run(Cdbs.ModeSelect10(8 + pages.Length), [.. new byte[8], .. pages])
        : rig.Run(Cdbs.ModeSelect6(4 + pages.Length), [.. new byte[4], .. pages]);

    private byte[] Page(byte code) => _rig.Run(Cdbs.ModeSense6(code, noDescriptors: true)).DataIn[4..];
}
