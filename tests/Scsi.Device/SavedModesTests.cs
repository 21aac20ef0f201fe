using Blockwire.Scsi.Device.Modes;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: saved mode pages as SPC-4 §5.10 has them. Method: MODE SELECT with SP over a store in memory, and a unit made anew from it.</summary>
public sealed class SavedModesTests
{
    private const byte Control = 0x0A;
    private const byte PageFormat = 0x10, Save = 0x11;

    private readonly FakeStateStore _store = new();

    [Fact]
    public void Saved_pages_outlive_a_restart_and_a_reset()
    {
        Rig rig = new(state: _store);
        Select(rig, Save, descriptorSense: true).ShouldBeGood();
        Select(rig, PageFormat, descriptorSense: false).ShouldBeGood();
        Assert.False(rig.Unit.DescriptorSense);
        rig.Target.LogicalUnitReset(0, rig.First);
        Assert.True(rig.Unit.DescriptorSense);
        Assert.True(new Rig(state: _store).Unit.DescriptorSense);
    }

    [Fact]
    public void Sense_tells_saved_values_from_current_and_default_ones()
    {
        Rig rig = new(state: _store);
        Assert.Equal(Page(rig, 2), Page(rig, 3));
        Select(rig, Save, descriptorSense: true).ShouldBeGood();
        Select(rig, PageFormat, descriptorSense: false).ShouldBeGood();
        Assert.Equal((0, 0, 4), (Page(rig, 0)[2] & 4, Page(rig, 2)[2] & 4, Page(rig, 3)[2] & 4));
        Assert.Equal(ModePage.Saveable, Page(rig, 0)[0] & ModePage.Saveable);
        Assert.Equal(0, rig.Run(Cdbs.ModeSense6(0x07, noDescriptors: true)).DataIn[4] & ModePage.Saveable);
    }

    [Fact]
    public void Saving_without_a_list_saves_what_is_current()
    {
        Rig rig = new(state: _store);
        Select(rig, PageFormat, descriptorSense: true).ShouldBeGood();
        rig.Run(Cdbs.ModeSelect6(0, Save)).ShouldBeGood();
        Assert.True(new Rig(state: _store).Unit.DescriptorSense);
    }

    [Fact]
    public void What_cannot_be_kept_does_not_end_with_good_and_is_not_saved()
    {
        Rig rig = new(state: _store);
        _store.Fails = true;
        Select(rig, Save, descriptorSense: true).ShouldBe(Sense.InternalTargetFailure);
        Assert.Equal(0, Page(rig, 3)[2] & 4);
        _store.Fails = false;
        Select(rig, Save, descriptorSense: true).ShouldBeGood();
        Assert.Equal(4, Page(rig, 3)[2] & 4);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{ "pages": 1 }""")]
    [InlineData("""{ "pages": ["0A"}""")]
    [InlineData("""{ "pages": ["xyz"] }""")]
    public void A_document_that_is_none_is_refused_at_the_start(string document)
    {
        _store.Documents[SavedModes.DocumentName] = System.Text.Encoding.UTF8.GetBytes(document);
        Assert.Throws<UnitStateException>(() => new Rig(state: _store));
    }

    [Fact]
    public void Pages_of_another_kind_of_unit_and_fixed_bits_are_left_out()
    {
        _store.Documents[SavedModes.DocumentName] =
            """{ "pages": ["", "3F", "030A00000000000000000000", "0A0AFFFFCFFFFFFFFFFFFFFF", "08020400"] }"""u8.ToArray();
        Rig rig = new(state: _store);
        Assert.True(rig.Unit.DescriptorSense && rig.Unit.Modes.SoftwareWriteProtect);
        byte[] expected = [.. Page(rig, 2)];
        (expected[2], expected[3], expected[4], expected[5]) = ((byte)(expected[2] | 0x34), (byte)(expected[3] | 6), 8, 0x40);
        Assert.Equal(expected, Page(rig, 0));
    }

    private static Outcome Select(Rig rig, byte flags, bool descriptorSense)
    {
        byte[] page = Page(rig, 0);
        page[2] = (byte)(descriptorSense ? page[2] | ModePages.DescriptorSense : page[2] & ~ModePages.DescriptorSense);
        return rig.Run(Cdbs.ModeSelect6(4 + page.Length, flags), [.. new byte[4], .. page]);
    }

    private static byte[] Page(Rig rig, byte control) => rig.Run(Cdbs.ModeSense6(Control, control: control, noDescriptors: true)).DataIn[4..];
}
