using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Tests.Multimedia;

/// <summary>Goal: what is told of the disc and of the drive is true of a pressed disc in a drive that only reads. Method: bytes held against MMC-5.</summary>
public sealed class DiscTests
{
    private readonly Rig _rig = Cd.Rig(500);

    [Fact]
    public void Disc_information()
    {
        Assert.Equal(
            [0, 32, 0x0E, 1, 1, 1, 1, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            _rig.Run(Cdbs.Ten(MmcOperationCode.ReadDiscInformation, 0, 64)).DataIn);
        _rig.Run(Cdbs.Ten(MmcOperationCode.ReadDiscInformation, 0, 64, 1)).ShouldBe(Sense.InvalidFieldInCdb(1, 2));
        Assert.Equal(0xFF, Cd.Dvd().Run(Cdbs.Ten(MmcOperationCode.ReadDiscInformation, 0, 64)).DataIn[8]);
    }

    [Fact]
    public void Track_information()
    {
        byte[] track = _rig.Run(Cd.Track(1, 1)).DataIn;
        Assert.Equal([0, 34, 1, 1, 0, 4, 1, 0, 0, 0, 0, 0], track[..12]);
        Assert.Equal(500u, BinaryPrimitives.ReadUInt32BigEndian(track.AsSpan(24)));
        Assert.Equal(36, track.Length);
        Assert.Equal(track, _rig.Run(Cd.Track(0, 499)).DataIn);
        Assert.Equal(track, _rig.Run(Cd.Track(2, 1)).DataIn);
        _rig.Run(Cd.Track(0, 500)).ShouldBe(Sense.LbaOutOfRange(500));
        _rig.Run(Cd.Track(1, 2)).ShouldBe(Sense.InvalidFieldInCdb(2));
        _rig.Run(Cd.Track(1, 0xFF)).ShouldBe(Sense.InvalidFieldInCdb(2));
        _rig.Run(Cd.Track(2, 0)).ShouldBe(Sense.InvalidFieldInCdb(2));
        _rig.Run(Cd.Track(3, 1)).ShouldBe(Sense.InvalidFieldInCdb(1, 1));
    }

    [Fact]
    public void Sub_channel()
    {
        Assert.Equal([0, 0x15, 0, 0], _rig.Run(Cd.SubChannel(0, q: false)).DataIn);
        Assert.Equal([0, 0x15, 0, 12, 1, 0x14, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0], _rig.Run(Cd.SubChannel(1)).DataIn);
        Assert.Equal([0, 0x15, 0, 12, 1, 0x14, 1, 1, 0, 0, 2, 0, 0, 0, 0, 0], _rig.Run(Cd.SubChannel(1, msf: true)).DataIn);
        Assert.Equal([0, 0x15, 0, 20, 2, .. new byte[19]], _rig.Run(Cd.SubChannel(2)).DataIn);
        Assert.Equal([0, 0x15, 0, 20, 3, 0x14, 1, .. new byte[17]], _rig.Run(Cd.SubChannel(3)).DataIn);
        _rig.Run(Cd.SubChannel(3, track: 2)).ShouldBe(Sense.InvalidFieldInCdb(6));
        _rig.Run(Cd.SubChannel(4)).ShouldBe(Sense.InvalidFieldInCdb(3));
    }

    [Fact]
    public void Structures_of_a_dvd()
    {
        Rig dvd = Cd.Dvd();
        byte[] physical = dvd.Run(Cd.Structure(0)).DataIn;
        Assert.Equal(2052, physical.Length);
        Assert.Equal([8, 2, 0, 0, 0x01, 0x0F, 0x01, 0, 0, 3, 0, 0, 0, 0x21, 0x84, 0x7F, 0, 0, 0, 0], physical[..20]);
        Assert.Equal([0, 6, 0, 0, 0, 0, 0, 0], dvd.Run(Cd.Structure(1)).DataIn);
        Assert.Equal([8, 2, .. new byte[2050]], dvd.Run(Cd.Structure(4)).DataIn);
        Assert.Equal([0, 14, 0, 0, 0, 0x40, 8, 4, 1, 0x40, 0, 8, 4, 0x40, 8, 4], dvd.Run(Cd.Structure(0xFF)).DataIn);
        dvd.Run(Cd.Structure(0, layer: 1)).ShouldBe(Sense.InvalidFieldInCdb(6));
        dvd.Run(Cd.Structure(3)).ShouldBe(Sense.InvalidFieldInCdb(7));
        dvd.Run(Cd.Structure(0, media: 1)).ShouldBe(Sense.InvalidFieldInCdb(1, 3));
    }

    [Fact]
    public void A_cd_has_no_structures()
    {
        Assert.Equal([0, 2, 0, 0], _rig.Run(Cd.Structure(0xFF)).DataIn);
        _rig.Run(Cd.Structure(0)).ShouldBe(new SenseData(SenseKey.IllegalRequest, 0x30, 0x02));
    }

    [Fact]
    public void Performance()
    {
        Assert.Equal([0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0x23, 0xD5, 0, 0, 0x01, 0xF3, 0, 0, 0x23, 0xD5], _rig.Run(Cd.Performance(9)).DataIn);
        Assert.Equal([0, 0, 0, 4, 2, 0, 0, 0], _rig.Run(Cd.Performance(0, 0x14)).DataIn);
        Assert.Equal([0, 0, 0, 4, 1, 0, 0, 0], _rig.Run(Cd.Performance(0, 0x11)).DataIn);
        Assert.Equal([0, 0, 0, 4, 0, 0, 0, 0], _rig.Run(Cd.Performance(0, 0, type: 3)).DataIn);
        Assert.Equal(8, _rig.Run(Cd.Performance(0, most: 0)).DataIn.Length);
        _rig.Run(Cd.Performance(0, 0)).ShouldBe(Sense.InvalidFieldInCdb(1, 4));
        _rig.Run(Cd.Performance(0, 0x13)).ShouldBe(Sense.InvalidFieldInCdb(1, 1));
        _rig.Run(Cd.Performance(500)).ShouldBe(Sense.LbaOutOfRange(500));
        _rig.Run(Cd.Performance(0, type: 1)).ShouldBe(Sense.InvalidFieldInCdb(10));
    }

    [Fact]
    public void Streaming_is_a_wish_with_a_range()
    {
        byte[] wish = new byte[28];
        _rig.Run(Cd.Streaming(28), wish).ShouldBeGood();
        _rig.Run(Cd.Streaming(0)).ShouldBeGood();
        _rig.Run(Cd.Streaming(28), wish[..20]).ShouldBe(Sense.ParameterListLengthError);
        _rig.Run(Cd.Streaming(20), wish).ShouldBe(Sense.ParameterListLengthError);
        _rig.Run(Cd.Streaming(28, type: 5), wish).ShouldBe(Sense.InvalidFieldInCdb(8));
        wish[7] = 1;
        _rig.Run(Cd.Streaming(28), wish).ShouldBe(Sense.InvalidFieldInParameterList(8));
    }

    [Fact]
    public void Mechanism_buffer_speed_and_seek()
    {
        byte[] mechanism = [MmcOperationCode.MechanismStatus, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0];
        Assert.Equal(new byte[8], _rig.Run(mechanism).DataIn);
        Assert.Equal([0, 10, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0], _rig.Run(Cdbs.Ten(MmcOperationCode.ReadBufferCapacity, 0, 64)).DataIn);
        Assert.Equal([0, 10, 0, 1, 0, 0, 0, 0, 0, 0, 0x40, 0], _rig.Run(Cdbs.Ten(MmcOperationCode.ReadBufferCapacity, 0, 64, 1)).DataIn);
        _rig.Run([MmcOperationCode.SetCdSpeed, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).ShouldBe(Sense.InvalidFieldInCdb(1, 1));
        _rig.Run(Cdbs.Ten(MmcOperationCode.Seek10, 499, 0)).ShouldBeGood();
        _rig.Run(Cdbs.Ten(MmcOperationCode.Seek10, 500, 0)).ShouldBe(Sense.LbaOutOfRange(500));
        _rig.Run(Cdbs.StartStop(2)).ShouldBeGood();
        Assert.Equal([0, 0x10, 0, 0, 0, 0, 0, 0], _rig.Run(mechanism).DataIn);
    }

    [Fact]
    public void Capacity_is_in_blocks_of_2048_bytes() =>
        Assert.Equal([0, 0, 0x01, 0xF3, 0, 0, 8, 0], _rig.Run(Cdbs.Ten(OperationCode.ReadCapacity10, 0, 0)).DataIn);
}
