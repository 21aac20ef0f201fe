namespace Blockwire.Scsi.Device.Tests.Multimedia;

/// <summary>Goal: the table of contents is that of a pressed disc with one data track. Method: bytes that are known from MMC-5 and from drives.</summary>
public sealed class TableOfContentsTests
{
    private readonly Rig _rig = Cd.Rig(500);

    [Fact]
    public void Tracks_by_address() => Assert.Equal(
        [0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x14, 0xAA, 0, 0, 0, 0x01, 0xF4], _rig.Run(Cd.Toc()).DataIn);

    [Fact]
    public void Tracks_by_minute_second_and_frame() => Assert.Equal(
        [0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 2, 0, 0, 0x14, 0xAA, 0, 0, 0, 8, 50], _rig.Run(Cd.Toc(msf: true)).DataIn);

    [Fact]
    public void From_the_lead_out_on()
    {
        Assert.Equal([0, 10, 1, 1, 0, 0x14, 0xAA, 0, 0, 0, 0x01, 0xF4], _rig.Run(Cd.Toc(number: 0xAA)).DataIn);
        Assert.Equal(20, _rig.Run(Cd.Toc(number: 1)).DataIn.Length);
        _rig.Run(Cd.Toc(number: 2)).ShouldBe(Sense.InvalidFieldInCdb(6));
    }

    [Fact]
    public void Sessions()
    {
        byte[] expected = [0, 10, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0];
        Assert.Equal(expected, _rig.Run(Cd.Toc(1)).DataIn);
        Assert.Equal(expected, _rig.Run(Cd.Toc(control: 0x40)).DataIn);
        Assert.Equal([0, 10, 1, 1, 0, 0x14, 1, 0, 0, 0, 2, 0], _rig.Run(Cd.Toc(1, msf: true)).DataIn);
    }

    [Fact]
    public void Raw_entries()
    {
        byte[] expected =
        [
            0, 46, 1, 1,
            1, 0x14, 0, 0xA0, 0, 0, 0, 0, 1, 0, 0,
            1, 0x14, 0, 0xA1, 0, 0, 0, 0, 1, 0, 0,
            1, 0x14, 0, 0xA2, 0, 0, 0, 0, 0, 8, 50,
            1, 0x14, 0, 0x01, 0, 0, 0, 0, 0, 2, 0,
        ];
        Assert.Equal(expected, _rig.Run(Cd.Toc(2)).DataIn);
        Assert.Equal(expected, _rig.Run(Cd.Toc(2, number: 1, msf: true)).DataIn);
        _rig.Run(Cd.Toc(2, number: 2)).ShouldBe(Sense.InvalidFieldInCdb(6));
    }

    [Fact]
    public void Formats_of_discs_that_can_be_written_are_refused()
    {
        foreach (byte format in new byte[] { 3, 4, 5, 15 })
        {
            _rig.Run(Cd.Toc(format)).ShouldBe(Sense.InvalidFieldInCdb(2, 3));
        }

        _rig.Run(Cd.Toc(control: 0xC0)).ShouldBe(Sense.InvalidFieldInCdb(9, 7));
    }

    [Fact]
    public void The_allocation_length_cuts_and_the_length_field_tells()
    {
        Assert.Equal([0, 18, 1, 1], _rig.Run(Cd.Toc(allocation: 4)).DataIn);
        Assert.Empty(_rig.Run(Cd.Toc(allocation: 0)).DataIn);
    }

    [Fact]
    public void What_no_address_reaches_ends_at_the_last_one() =>
        Assert.Equal([0, 255, 59, 74], Cd.Dvd().Run(Cd.Toc(msf: true)).DataIn[16..]);
}
