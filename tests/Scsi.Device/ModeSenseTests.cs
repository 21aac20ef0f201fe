using System.Buffers.Binary;
using Blockwire.Scsi.Device.Modes;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: mode pages as SPC-4 §6.13, §7.5 and SBC-3 §6.5 lay them out. Method: walk the pages of the parameter data.</summary>
public sealed class ModeSenseTests
{
    private readonly Rig _rig = new();

    [Fact]
    public void All_pages_come_in_order_with_true_lengths()
    {
        byte[] data = _rig.Run(Cdbs.ModeSense6(PageCodes.Mode.All)).DataIn;
        Assert.Equal(data.Length - 1, data[0]);
        Assert.Equal(8, data[3]);
        Assert.Equal([.. ModePages.All.Where(page => page.Subpage == 0).Select(page => ((int)page.Code, 0, page.Length))], Pages(data.AsSpan(12)));
        byte[] withSubpages = _rig.Run(Cdbs.ModeSense10(PageCodes.Mode.All, PageCodes.Mode.AllSubpages)).DataIn;
        Assert.Equal(withSubpages.Length - 2, BinaryPrimitives.ReadUInt16BigEndian(withSubpages));
        List<(int Code, int Subpage, int Length)> all = Pages(withSubpages.AsSpan(16));
        Assert.Equal([.. ModePages.All.Select(page => ((int)page.Code, (int)page.Subpage, page.Length))], all);
        Assert.Equal([.. all.OrderBy(page => (page.Code, page.Subpage))], all);
        Assert.Equal([(0x0A, 0, 12), (0x0A, 1, 32)], Pages(_rig.Run(Cdbs.ModeSense6(0x0A, 0xFF, noDescriptors: true)).DataIn.AsSpan(4)));
        Assert.Equal([(0x0A, 1, 32)], Pages(_rig.Run(Cdbs.ModeSense6(0x0A, 1, noDescriptors: true)).DataIn.AsSpan(4)));
    }

    [Fact]
    public void Header_tells_of_protection_and_fua()
    {
        Assert.Equal(0x10, _rig.Run(Cdbs.ModeSense6(0x08)).DataIn[2]);
        Assert.Equal(0x90, new Rig(new FakeDisk(readOnly: true)).Run(Cdbs.ModeSense6(0x08)).DataIn[2]);
        Assert.Equal(0x90, new Rig(new FakeDisk(readOnly: true)).Run(Cdbs.ModeSense10(0x08)).DataIn[3]);
    }

    [Fact]
    public void Block_descriptors_are_short_long_or_absent()
    {
        byte[] shortOne = _rig.Run(Cdbs.ModeSense10(0x08)).DataIn;
        Assert.Equal([0, 8, 0, 0, 4, 0, 0, 0, 2, 0], shortOne[6..16]);
        byte[] longOne = _rig.Run(Cdbs.ModeSense10(0x08, flags: 0x10)).DataIn;
        Assert.Equal(1, longOne[4]);
        Assert.Equal([0, 16, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 2, 0], longOne[6..24]);
        byte[] none = _rig.Run(Cdbs.ModeSense10(0x08, flags: 0x18)).DataIn;
        Assert.Equal((0, 0, 28), (none[4], none[7], none.Length));
        Assert.Equal(4 + 20, _rig.Run(Cdbs.ModeSense6(0x08, noDescriptors: true)).DataIn.Length);
    }

    [Fact]
    public void Page_control()
    {
        byte[] changeable = _rig.Run(Cdbs.ModeSense6(PageCodes.Mode.All, 0xFF, control: 1, noDescriptors: true)).DataIn;
        Assert.Equal(ModePages.All.Count, Pages(changeable.AsSpan(4)).Count);
        Assert.Equal([0x0A, 10, 0x34, 0x06, 0x38, 0x40, 0, 0, 0, 0, 0, 0], _rig.Run(Cdbs.ModeSense6(0x0A, control: 1, noDescriptors: true)).DataIn[4..]);
        Assert.Equal(0x04, _rig.Run(Cdbs.ModeSense6(0x08, control: 1, noDescriptors: true)).DataIn[6]);
        Assert.Equal(0, new Rig(new FakeDisk(readOnly: true)).Run(Cdbs.ModeSense6(0x08, control: 1, noDescriptors: true)).DataIn[6]);
        Assert.Equal(
            _rig.Run(Cdbs.ModeSense6(PageCodes.Mode.All, 0xFF)).DataIn,
            _rig.Run(Cdbs.ModeSense6(PageCodes.Mode.All, 0xFF, control: 2)).DataIn);
        _rig.Run(Cdbs.ModeSense6(PageCodes.Mode.All, 0, control: 3)).ShouldBe(Sense.SavingParametersNotSupported);
    }

    [Fact]
    public void Unknown_pages_are_refused_by_their_field()
    {
        _rig.Run(Cdbs.ModeSense6(0x03)).ShouldBe(Sense.InvalidFieldInCdb(2, 5));
        _rig.Run(Cdbs.ModeSense6(0x08, 1)).ShouldBe(Sense.InvalidFieldInCdb(3));
        _rig.Run(Cdbs.ModeSense10(PageCodes.Mode.All, 1)).ShouldBe(Sense.InvalidFieldInCdb(3));
    }

    [Fact]
    public void Current_values_follow_the_state_and_a_reset()
    {
        _rig.Unit.Modes.DescriptorSense = true;
        _rig.Unit.Modes.SoftwareWriteProtect = true;
        byte[] control = _rig.Run(Cdbs.ModeSense6(0x0A, noDescriptors: true)).DataIn;
        Assert.Equal((0x90, 0x04, 0x08), (control[2], control[6] & 0x04, control[8] & 0x08));
        Assert.Equal(0, _rig.Run(Cdbs.ModeSense6(0x0A, control: 2, noDescriptors: true)).DataIn[6] & 0x04);
        Outcome refused = _rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 1), new byte[512]);
        refused.ShouldBe(Sense.WriteProtected);
        _rig.Target.LogicalUnitReset(0, _rig.First);
        Assert.False(_rig.Unit.WriteProtected || _rig.Unit.DescriptorSense);
    }

    private static List<(int Code, int Subpage, int Length)> Pages(ReadOnlySpan<byte> data)
    {
        List<(int, int, int)> pages = [];
        while (!data.IsEmpty)
        {
            bool subpage = (data[0] & 0x40) != 0;
            int length = subpage ? 4 + BinaryPrimitives.ReadUInt16BigEndian(data[2..]) : 2 + data[1];
            pages.Add((data[0] & 0x3F, subpage ? data[1] : 0, length));
            data = data[length..];
        }

        return pages;
    }
}
