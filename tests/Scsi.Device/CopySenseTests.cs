using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>
/// Goal: the sense data of an EXTENDED COPY that ended with COPY ABORTED names the segment, and the field of it where there is one (SPC-4 §4.5.2.4.6, §5.17.7.4).
/// Method: the bytes that RECEIVE COPY FAILURE DETAILS gives, and what the command itself ends with.
/// </summary>
public sealed class CopySenseTests
{
    private const int SenseAt = 60;

    private readonly CopyRig _rig = new(new FakeDisk(), new FakeDisk(readOnly: true), new FakeDisk(4096));

    [Fact]
    public void Fixed_sense_has_the_segment_as_command_specific_information()
    {
        Copy(new CopySegment(0, 0, 1, 0, 5), new CopySegment(0, 0, 1, 0, 6), new CopySegment(0, 1, 1, 0, 0));
        Assert.Equal((0x70, 0x0A, 2u), (Details()[0], Details()[2] & 0x0F, BinaryPrimitives.ReadUInt32BigEndian(Details().AsSpan(8))));
    }

    [Fact]
    public void Descriptor_sense_has_it_for_the_first_segment_too()
    {
        _rig.Units[0].Modes.DescriptorSense = true;
        Copy(new CopySegment(0, 1, 1, 0, 0));
        Assert.Equal("720A0D010000000C" + "010A0000" + "0000000000000000", Convert.ToHexString(Details()));
        Copy(new CopySegment(0, 0, 1, 0, 5), new CopySegment(0, 1, 1, 0, 0));
        Assert.Equal(1, Details()[^1]);
    }

    [Theory]
    [InlineData(5, 3, 4)]
    [InlineData(7, 3, 6)]
    [InlineData(17, 4, 12)]
    [InlineData(25, 4, 20)]
    public void A_wrong_segment_is_refused_by_its_number_and_field(int at, byte value, int field)
    {
        const int second = 16 + 3 * 32 + CopySegment.Length;
        byte[] list = CopyData.Short(9, _rig.All, new CopySegment(0, 0, 1, 0, 5), new CopySegment(0, 0, 1, 0, 0));
        list[second + at] = value;
        SenseData sense = _rig.Copy(list).Sense!.Value;
        Assert.Equal((SenseKey.CopyAborted, 1UL, 0xA0_0000u | (uint)field), (sense.Key, sense.CommandSpecific, sense.SenseKeySpecific));
    }

    [Fact]
    public void A_segment_that_is_not_whole_blocks_of_both_points_at_its_length() =>
        Assert.Equal(0xA0_000Au, Copy(new CopySegment(0, 2, 9, 0, 0)).Sense!.Value.SenseKeySpecific & 0xF0_FFFF);

    [Fact]
    public void A_disk_that_cannot_be_had_is_pointed_at_in_the_list()
    {
        byte[] list = CopyData.Short(9, _rig.All, new CopySegment(0, 0, 1, 0, 0));
        list[16 + 32 + 8] = 0x3F;
        SenseData sense = _rig.Copy(list).Sense!.Value;
        Assert.Equal((SenseKey.CopyAborted, 0x80_0030u), (sense.Key, sense.SenseKeySpecific & 0xA0_FFFF));
    }

    [Theory]
    [InlineData(0x40)]
    [InlineData(0x80)]
    public void The_type_of_a_logical_unit_identifier_is_passed_over(byte kind)
    {
        byte[] list = CopyData.Short(9, _rig.All, new CopySegment(0, 0, 1, 0, 0));
        list[17] = kind;
        _rig.Copy(list).ShouldBeGood();
    }

    [Fact]
    public void All_nexuses_together_may_run_more_copies_than_one() => Assert.Equal(
        (64, 16), (Parameters()[35], Parameters()[36]));

    private byte[] Parameters() => _rig.Run(Cdbs.Copy(CopyRig.In, ServiceAction.ReceiveCopyOperatingParameters, 512)).DataIn;

    private byte[] Details() => _rig.Run(Cdbs.Copy(CopyRig.In, ServiceAction.ReceiveCopyFailureDetails, 512, 9u << 24)).DataIn[SenseAt..];

    private Outcome Copy(params CopySegment[] segments) => _rig.Copy(CopyData.Short(9, _rig.All, segments));
}
