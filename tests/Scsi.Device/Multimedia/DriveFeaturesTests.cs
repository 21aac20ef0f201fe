using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Tests.Multimedia;

/// <summary>Goal: GET CONFIGURATION tells what the drive is with the medium that it has. Method: known bytes, and the descriptors of every kind of request.</summary>
public sealed class DriveFeaturesTests
{
    [Fact]
    public void A_cd_has_the_profile_of_a_cd()
    {
        byte[] data = Cd.Rig().Run(Cd.Configuration()).DataIn;
        Assert.Equal(
            [
                0, 0, 0, 8, // profile CD-ROM
                0, 0, 0x03, 8, 0, 0x10, 0, 0, 0, 0x08, 1, 0, // profiles
                0, 1, 0x0B, 8, 0, 0, 0, 1, 3, 0, 0, 0, // core: SCSI
                0, 2, 0x07, 4, 2, 0, 0, 0, // morphing
                0, 3, 0x0B, 4, 0x39, 0, 0, 0, // removable medium
                0, 0x10, 0x01, 8, 0, 0, 8, 0, 0, 1, 1, 0, // random readable
                0, 0x1D, 0x01, 0, // multi-read
                0, 0x1E, 0x09, 4, 0, 0, 0, 0, // CD read
                0, 0x1F, 0x00, 0, // DVD read, not current
                1, 0, 0x03, 0, // power management
                1, 5, 0x03, 0, // timeout
                1, 7, 0x0D, 4, 0x18, 0, 0, 0, // real-time streaming
            ],
            data[4..92]);
        Assert.Equal(data.Length - 4, (int)BinaryPrimitives.ReadUInt32BigEndian(data));
        Assert.Equal([1, 8, 0x03, 16], data[92..96]);
    }

    [Fact]
    public void What_is_current_follows_the_medium()
    {
        Assert.Equal(new ushort[] { 0, 1, 2, 3, 0x10, 0x1D, 0x1E, 0x100, 0x105, 0x107, 0x108 }, Codes(Cd.Rig().Run(Cd.Configuration(type: 1))));
        Assert.Equal(new ushort[] { 0, 1, 2, 3, 0x10, 0x1F, 0x100, 0x105, 0x107, 0x108 }, Codes(Cd.Dvd().Run(Cd.Configuration(type: 1))));
        Assert.Equal(new ushort[] { 0, 1, 2, 3, 0x100, 0x105, 0x108 }, Codes(Cd.Rig(empty: true).Run(Cd.Configuration(type: 1))));
        Assert.Equal(12, Codes(Cd.Rig(empty: true).Run(Cd.Configuration())).Count);
    }

    [Theory]
    [InlineData(449_850, 0x0008)]
    [InlineData(449_851, 0x0010)]
    public void An_image_whose_lead_out_has_no_address_on_a_cd_is_a_dvd(ulong blocks, int profile)
    {
        Rig rig = Cd.Rig(blocks);
        Assert.Equal(profile, BinaryPrimitives.ReadUInt16BigEndian(rig.Run(Cd.Configuration()).DataIn.AsSpan(6)));
        if (profile == 0x0008)
        {
            Assert.Equal([0, 100, 0, 0], rig.Run(Cd.Toc(msf: true)).DataIn[16..]);
        }
    }

    [Fact]
    public void Without_medium_there_is_no_profile()
    {
        Rig rig = Cd.Rig();
        rig.Run(Cdbs.StartStop(2)).ShouldBeGood();
        byte[] data = rig.Run(Cd.Configuration()).DataIn;
        Assert.Equal([0, 0, 0, 0, 0, 0, 3, 8, 0, 0x10, 0, 0, 0, 8, 0, 0], data[4..20]);
    }

    [Fact]
    public void One_feature_or_those_from_one_on()
    {
        Rig rig = Cd.Rig();
        Assert.Equal([0, 0, 0, 12, 0, 0, 0, 8, 0, 0x1E, 0x09, 4, 0, 0, 0, 0], rig.Run(Cd.Configuration(0x1E, 2)).DataIn);
        Assert.Equal([0, 0, 0, 4, 0, 0, 0, 8], rig.Run(Cd.Configuration(0x28, 2)).DataIn);
        Assert.Equal(new ushort[] { 0x100, 0x105, 0x107, 0x108 }, Codes(rig.Run(Cd.Configuration(0x20))));
        Assert.Empty(Codes(rig.Run(Cd.Configuration(0x200, 1))));
        rig.Run(Cd.Configuration(0, 3)).ShouldBe(Sense.InvalidFieldInCdb(1, 1));
    }

    [Fact]
    public void The_allocation_length_cuts() => Assert.Equal(8, Cd.Rig().Run(Cd.Configuration(allocation: 8)).DataIn.Length);

    private static List<ushort> Codes(Outcome outcome)
    {
        List<ushort> codes = [];
        for (int at = 8; at < outcome.DataIn.Length; at += 4 + outcome.DataIn[at + 3])
        {
            codes.Add(BinaryPrimitives.ReadUInt16BigEndian(outcome.DataIn.AsSpan(at)));
        }

        return codes;
    }
}
