using System.Buffers.Binary;
using System.Text;
using Blockwire.Scsi.Device.Upkeep;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: what a unit tells and remembers of itself (SPC-4 §5.2, §5.6, §6.19, §7.8.11). Method: set, report, restart.</summary>
public sealed class InformationTests
{
    private readonly FakeStateStore _store = new();
    private readonly Rig _rig;

    public InformationTests() => _rig = new Rig(state: _store);

    [Fact]
    public void The_timestamp_is_the_machines_clock_until_it_is_set()
    {
        ulong start = (ulong)ManualTime.Start.ToUnixTimeMilliseconds();
        Assert.Equal((3, start), Timestamp());
        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((3, start + 1000), Timestamp());
        Set(0x0102_0304_0506).ShouldBeGood();
        _rig.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((2, 0x0102_0304_0506UL + 2000), Timestamp());
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBe(Sense.TimestampChanged);
        _rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Fact]
    public void A_timestamp_has_twelve_bytes_or_none()
    {
        _rig.Run(Cdbs.Out(ServiceAction.SetTimestamp, 0)).ShouldBeGood();
        _rig.Run(Cdbs.Out(ServiceAction.SetTimestamp, 11), new byte[11]).ShouldBe(Sense.ParameterListLengthError);
        _rig.Run(Cdbs.Out(ServiceAction.SetTimestamp, 12), new byte[11]).ShouldBe(Sense.ParameterListLengthError);
        Assert.Equal(3, Timestamp().Origin);
        Assert.Equal(4, _rig.Run(Cdbs.In(ServiceAction.ReportTimestamp, 4)).DataIn.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Identifying_information_outlives_a_restart(byte type)
    {
        byte[] text = "rack 7\0"u8.ToArray();
        _rig.Run(Cdbs.Out(ServiceAction.SetIdentifyingInformation, 7, type), text).ShouldBeGood();
        Assert.Equal([0, 0, 0, 7, .. text], Identifying(_rig, type));
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBe(Sense.DeviceIdentifierChanged);
        Assert.Equal([0, 0, 0, 7, .. text], Identifying(new Rig(state: _store), type));
        _rig.Run(Cdbs.Out(ServiceAction.SetIdentifyingInformation, 0, type)).ShouldBeGood();
        Assert.Equal([0, 0, 0, 0], Identifying(_rig, type));
    }

    [Fact]
    public void Types_and_lengths_are_reported_and_held()
    {
        Assert.Equal([0, 0, 0, 8, 0, 0, 0, 64, 4, 0, 1, 0], Identifying(_rig, 0x7F));
        _rig.Run(Cdbs.Out(ServiceAction.SetIdentifyingInformation, 65), new byte[65]).ShouldBe(Sense.InvalidFieldInCdb(6));
        _rig.Run(Cdbs.Out(ServiceAction.SetIdentifyingInformation, 257, 2), new byte[257]).ShouldBe(Sense.InvalidFieldInCdb(6));
        _rig.Run(Cdbs.Out(ServiceAction.SetIdentifyingInformation, 2, 2), [65, 66]).ShouldBe(Sense.InvalidFieldInParameterList(1));
        _rig.Run(Cdbs.Out(ServiceAction.SetIdentifyingInformation, 2), [65]).ShouldBe(Sense.ParameterListLengthError);
        _rig.Run(Cdbs.Out(ServiceAction.SetIdentifyingInformation, 2, 1), [65, 66]).ShouldBe(Sense.InvalidFieldInCdb(10));
        _rig.Run(Cdbs.In(ServiceAction.ReportIdentifyingInformation, 64, 1)).ShouldBe(Sense.InvalidFieldInCdb(10));
    }

    [Fact]
    public void Without_a_place_nothing_is_remembered()
    {
        Rig rig = new();
        rig.Run(Cdbs.Out(ServiceAction.SetIdentifyingInformation, 2), [65, 66]).ShouldBe(Sense.InsufficientResources);
        Assert.Equal([0, 0, 0, 0], Identifying(rig, 0));
        Assert.Equal([0, 0, 0, 0], Identifying(rig, 0x7F));
    }

    [Fact]
    public void What_cannot_be_kept_is_not_set()
    {
        _store.Fails = true;
        _rig.Run(Cdbs.Out(ServiceAction.SetIdentifyingInformation, 2), [65, 66]).ShouldBe(Sense.InternalTargetFailure);
        Assert.Equal([0, 0, 0, 0], Identifying(_rig, 0));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{ "values": ["00"] }""")]
    [InlineData("""{ "values": ["0", ""] }""")]
    public void A_document_that_is_none_is_refused_at_the_start(string document)
    {
        _store.Documents[IdentifyingInformation.DocumentName] = Encoding.UTF8.GetBytes(document);
        Assert.Throws<UnitStateException>(() => new Rig(state: _store));
    }

    [Fact]
    public void The_medium_has_the_serial_number_of_the_unit()
    {
        byte[] data = new Rig(serial: "ABCDE").Run([OperationCode.ServiceActionIn12, 1, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0]).DataIn;
        Assert.Equal([0, 0, 0, 8, .. "ABCDE\0\0\0"u8], data);
    }

    [Fact]
    public void Every_target_port_is_listed_with_its_name()
    {
        byte[] page = new Rig(ports: [new(1, 1), new(2, 0x1F)]).Run(Cdbs.Inquiry(0x88, 1000)).DataIn;
        Assert.Equal(page.Length - 4, BinaryPrimitives.ReadUInt16BigEndian(page.AsSpan(2)));
        int second = 4 + 12 + BinaryPrimitives.ReadUInt16BigEndian(page.AsSpan(14));
        Assert.Equal((1, 2), (page[7], page[second + 3]));
        Assert.Equal(page.Length, second + 12 + BinaryPrimitives.ReadUInt16BigEndian(page.AsSpan(second + 10)));
        Assert.Contains(Rig.TargetName + ",t,0x001f", Encoding.UTF8.GetString(page.AsSpan(second + 16)), StringComparison.Ordinal);
    }

    [Fact]
    public void Mode_pages_are_shared_the_cache_is_volatile_and_erased_blocks_can_be_read()
    {
        Assert.Equal([0, 0x87, 0, 4, 0x3F, 0xFF, 0, 0], _rig.Run(Cdbs.Inquiry(0x87)).DataIn);
        Assert.Equal(0x0D, _rig.Run(Cdbs.Inquiry(0x86)).DataIn[6]);
        Assert.Equal(0x40, _rig.Run(Cdbs.Inquiry(0xB1)).DataIn[7]);
    }

    private static byte[] Identifying(Rig rig, byte type) => rig.Run(Cdbs.In(ServiceAction.ReportIdentifyingInformation, 512, type)).DataIn;

    private (int Origin, ulong Milliseconds) Timestamp()
    {
        byte[] data = _rig.Run(Cdbs.In(ServiceAction.ReportTimestamp, 12)).DataIn;
        Assert.Equal(10, data[1]);
        return (data[2], BinaryPrimitives.ReadUInt64BigEndian(data.AsSpan(2)) & UnitTimestamp.Mask);
    }

    private Outcome Set(ulong milliseconds)
    {
        byte[] data = new byte[12];
        BinaryPrimitives.WriteUInt64BigEndian(data.AsSpan(2), milliseconds);
        return _rig.Run(Cdbs.Out(ServiceAction.SetTimestamp, 12), data);
    }
}
