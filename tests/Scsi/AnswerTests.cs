using System.Text;

namespace Blockwire.Scsi.Tests;

/// <summary>Goal: answers of targets are read as the standards lay them out. Method: golden bytes.</summary>
public sealed class AnswerTests
{
    [Fact]
    public void Supported_pages_and_serial_number()
    {
        Assert.Equal([0, 0x83, 0xB0], VitalPage.ParseSupported(Convert.FromHexString("000000030083B0")));
        Assert.Equal([0x00, 0x83], VitalPage.ParseSupported(Convert.FromHexString("00000009" + "0083")));
        Assert.Null(VitalPage.ParseSupported(Convert.FromHexString("008000030083B0")));
        Assert.Equal("S 1", VitalPage.ParseSerial(Encoding.Latin1.GetBytes("\0\u0080\0\x06 S 1  ")));
    }

    [Fact]
    public void Characteristics()
    {
        byte[] page = new byte[64];
        (page[1], page[3], page[5], page[7]) = (0xB1, 60, 1, 0x35);
        Assert.Equal(new BlockDeviceCharacteristicsPage(1, 5), BlockDeviceCharacteristicsPage.Parse(page));
        Assert.Null(BlockDeviceCharacteristicsPage.Parse(page.AsSpan(0, 7)));
    }

    [Fact]
    public void Extended_inquiry()
    {
        byte[] page = new byte[64];
        (page[1], page[3], page[4], page[5], page[6], page[13]) = (0x86, 60, 0x04, 0x05, 0x02, 252);
        Assert.Equal(new ExtendedInquiryPage(true, false, true, false, true, true, 252), ExtendedInquiryPage.Parse(page));
        Assert.Equal((byte)0, ExtendedInquiryPage.Parse(page.AsSpan(0, 8))!.Value.MaximumSenseLength);
    }

    [Fact]
    public void Port_group_support_of_the_inquiry_data()
    {
        byte[] data = new byte[96];
        new StandardInquiryData { Vendor = "V", Product = "P", Revision = "1", PortGroupSupport = 2 }.Write(data);
        Assert.Equal(0x20, data[5]);
        Assert.Equal(2, StandardInquiryData.Parse(data)!.PortGroupSupport);
    }

    [Fact]
    public void Mode_parameters_of_both_lengths()
    {
        // Header, a block descriptor of eight bytes, caching page with WCE, control extension subpage.
        string body = "0102030405060708" + "88120400000000000000000000000000" + "00000000" + "4A01001C" + new string('0', 56);
        ModeParameters six = ModeParameters.Parse6(Convert.FromHexString("3F009008" + body))!;
        ModeParameters ten = ModeParameters.Parse10(Convert.FromHexString("0042001000000008" + body))!;

        Assert.True(six.Header is { WriteProtected: true, ForceUnitAccess: true });
        foreach (ModeParameters modes in new[] { six, ten })
        {
            Assert.Equal(8, modes.BlockDescriptors.Length);
            Assert.Equal([(0x08, 0, true), (0x0A, 1, false)], modes.Pages.Select(static page => ((int)page.Code, (int)page.Subpage, page.Saveable)));
            Assert.True(CachingPage.Parse(modes.Find(PageCodes.Mode.Caching).Span)!.Value.WriteCache);
            Assert.Equal(32, modes.Find(0x0A, 1).Length);
            Assert.True(modes.Find(0x1C).IsEmpty);
        }
    }

    [Fact]
    public void Mode_pages_are_changed_and_sent_back()
    {
        byte[] caching = Convert.FromHexString("8812" + "FB" + new string('F', 34));
        Assert.Equal(new CachingPage(false, true, true), CachingPage.Parse(caching));
        new CachingPage(true, false, false).Apply(caching);
        Assert.Equal((0xFE, 0xFE), (caching[2], caching[13]));
        Assert.Equal("0000000000000000" + "0812FE", Convert.ToHexString(ModeParameters.ListFor10(caching))[..22]);
        Assert.Equal("00000000" + "0812FE", Convert.ToHexString(ModeParameters.ListFor6(caching))[..14]);

        byte[] control = Convert.FromHexString("0A0A" + "00100000000012340000");
        ControlPage read = ControlPage.Parse(control)!.Value;
        Assert.Equal(new ControlPage(false, false, false, 0, 1, 0x1234), read);
        (read with { DescriptorSense = true, SoftwareWriteProtect = true, TaskAbortedStatus = true, TaskSetType = 1, BusyTimeout = 7 }).Apply(control);
        Assert.Equal("0A0A" + "24100840000000070000", Convert.ToHexString(control));
        Assert.Throws<ArgumentException>(() => read.Apply(caching));
        Assert.Throws<ArgumentException>(() => new CachingPage(true, true, true).Apply(control));
    }

    [Fact]
    public void Reservation_keys_and_holder()
    {
        ReservationKeys keys = ReservationKeys.Parse(Convert.FromHexString("00000007" + "00000018" + "0000000000000001" + "0000000000000002"))!;
        Assert.Equal((7u, 3), (keys.Generation, keys.Total));
        Assert.Equal([1ul, 2ul], keys.Keys);
        Assert.Equal(new CurrentReservation(7, null, ReservationType.None), CurrentReservation.Parse(Convert.FromHexString("0000000700000000")));
        Assert.Equal(
            new CurrentReservation(7, 0xABC, ReservationType.WriteExclusiveRegistrantsOnly),
            CurrentReservation.Parse(Convert.FromHexString("00000007" + "00000010" + "0000000000000ABC" + "00000000" + "00050000")));
        Assert.Null(CurrentReservation.Parse(Convert.FromHexString("0000000700000010")));
    }

    [Fact]
    public void Reservation_capabilities()
    {
        ReservationCapabilities all = ReservationCapabilities.Parse(Convert.FromHexString("00088D81EA010000"))!;
        Assert.True(all is { AllTargetPorts: true, SpecifyInitiatorPorts: true, PersistCapable: true, PersistActive: true, ReplaceLost: true });
        Assert.Equal([1, 3, 5, 6, 7, 8], all.Types!.Select(static type => (int)type));
        Assert.Null(ReservationCapabilities.Parse(Convert.FromHexString("000800000A000000"))!.Types);
    }

    [Fact]
    public void Registrants_with_their_ports()
    {
        byte[] id = TransportId.Write("iqn.a:b,i,0x123456789abc");
        byte[] data = [.. Convert.FromHexString("00000001" + "00000000" + "00000000000000FF" + "00000000" + "01080000" + "00000009"), 0, 0, 0, (byte)id.Length, .. id];
        data[7] = (byte)(data.Length - 8);
        ReservationRegistrant one = Assert.Single(ReservationRegistrant.ParseAll(data)!);

        Assert.Equal(new ReservationRegistrant(0xFF, true, false, ReservationType.ExclusiveAccessAllRegistrants, 9, "iqn.a:b,i,0x123456789abc"), one);
        Assert.Equal((0x45, 0), (id[0], id.Length % 4));
        Assert.Equal(0x05, TransportId.Write("iqn.a:b")[0]);
        Assert.Equal(24, TransportId.Write("iqn.a:b").Length);
        Assert.Null(TransportId.Read(Convert.FromHexString("06000000")));
    }

    [Fact]
    public void Reservation_parameter_lists()
    {
        Assert.Equal(
            "0000000000000001" + "0000000000000002" + "00000000" + "05000000", Convert.ToHexString(new ReservationParameters(1, 2, true, true).ToArray()));
        byte[] ports = new ReservationParameters(1, 2).ToArray("iqn.a", "iqn.b");
        Assert.Equal((0x08, 28 + 48, 48), (ports[20], ports.Length, ports[27]));
        byte[] move = new ReservationParameters(1, 2, PersistThroughPowerLoss: true).ToMoveArray("iqn.a", 0x0304, unregister: true);
        Assert.Equal("00030304" + "00000018", Convert.ToHexString(move.AsSpan(16, 8)));
    }

    [Fact]
    public void Port_groups()
    {
        byte[] data = Convert.FromHexString("00000018" + "800F000100050002" + "0000000300000004" + "0E00000200000000");
        IReadOnlyList<TargetPortGroup> groups = TargetPortGroup.ParseAll(data)!;
        Assert.Equal([(1, AccessState.ActiveOptimized, true), (2, AccessState.Offline, false)], groups.Select(static one => ((int)one.Group, one.State, one.Preferred)));
        Assert.Equal([3, 4], groups[0].RelativePorts);
        byte[] extended = [.. Convert.FromHexString("0000001C" + "10050000"), .. data.AsSpan(4)];
        Assert.Equal(2, TargetPortGroup.ParseAll(extended)!.Count);
        Assert.Equal("00000000" + "02000001" + "00000002", Convert.ToHexString(TargetPortGroup.ListFor(((ushort)1, AccessState.Standby), ((ushort)2, AccessState.ActiveOptimized))));
    }

    [Fact]
    public void Supported_commands()
    {
        byte[] all = Convert.FromHexString("0000001C" + "280000000000000A" + "9E00001000030010" + "000A00000000000000000000");
        Assert.Equal([new SupportedCommand(0x28, null, 10), new SupportedCommand(0x9E, 0x10, 16)], SupportedCommand.ParseAll(all));
        CommandSupport one = CommandSupport.Parse(Convert.FromHexString("0003000A" + "2818FFFFFFFF00FFFF00"))!;
        Assert.True(one is { IsKnown: true, IsSupported: true, Usage.Length: 10 });
        Assert.True(CommandSupport.Parse(Convert.FromHexString("00010000")) is { IsKnown: true, IsSupported: false });
        Assert.True(CommandSupport.Parse(Convert.FromHexString("00000000")) is { IsKnown: false });
    }

    [Fact]
    public void Copies()
    {
        Designator naa = Designator.Naa(DesignatorAssociation.LogicalUnit, 0x3102030405060708);
        CopyParameters copy = new(9, [new CopyDisk(naa, 512), new CopyDisk(naa, 4096)], [new CopySegment(0, 1, 0x1234, 5, 6)]);
        string disk = "E4000000" + "01030008" + "3102030405060708" + new string('0', 24);
        string descriptors = disk + "00000200" + disk + "00001000" + "02000018" + "00000001" + "00001234" + "0000000000000005" + "0000000000000006";
        Assert.Equal("00180040" + "00000000" + "0000001C" + "00000000" + descriptors, Convert.ToHexString(copy.ToArray1()));
        string header = "01000020" + new string('0', 24) + "FF000000" + "00000009" + new string('0', 36) + "0040001C0000";
        Assert.Equal(header + descriptors, Convert.ToHexString(copy.ToArray4()));
        Assert.Equal(copy.Segments[0], CopySegment.Read(copy.ToArray1().AsSpan(16 + 64)));
        byte[] limits = new byte[46];
        (limits[9], limits[11], limits[15], limits[19], limits[36], limits[37], limits[43], limits[44], limits[45]) = (2, 1, 255, 7, 3, 9, 2, 0x02, 0xE4);
        CopyLimits read = CopyLimits.Parse(limits)!;
        Assert.Equal((2, 1, 255u, 7u, 3, 9), (read.MaximumDisks, read.MaximumSegments, read.MaximumListBytes, read.MaximumSegmentBytes, read.MaximumConcurrent, read.Granularity));
        Assert.Equal([0x02, 0xE4], read.DescriptorTypes);
        Assert.Throws<ArgumentException>(() => new CopyDisk(new Designator(default, DesignatorType.ScsiName, new byte[24], true), 512).Write(new byte[32]));
    }

    [Fact]
    public void Lists_of_ranges()
    {
        Assert.Equal(
            "0026002000000000" + "0000000000000001" + "0000000200000000" + "0000000000000003" + "0000000400000000",
            Convert.ToHexString(UnmapDescriptor.ListFor(new UnmapDescriptor(1, 2), new UnmapDescriptor(3, 4))));
        byte[] status = new byte[8 + 32];
        LbaStatusDescriptor.WriteHeader(status, 2);
        new LbaStatusDescriptor(1, 2, 1).Write(status.AsSpan(8));
        new LbaStatusDescriptor(3, 4, 0).Write(status.AsSpan(24));
        Assert.Equal([new(1, 2, 1), new(3, 4, 0)], LbaStatusDescriptor.ParseAll(status));
        Assert.Equal([new(1, 2, 1)], LbaStatusDescriptor.ParseAll(status.AsSpan(0, 39)));
    }

    [Fact]
    public void Ports_in_designators()
    {
        Designator[] all = [Designator.TargetPortGroup(3), Designator.RelativeTargetPort(7)];
        Assert.Equal((ushort)7, Designator.FindNumber(all, DesignatorType.RelativeTargetPort));
        Assert.Equal((ushort)3, Designator.FindNumber(all, DesignatorType.TargetPortGroup));
        Assert.Null(Designator.FindNumber(all, DesignatorType.LogicalUnitGroup));
    }
}
