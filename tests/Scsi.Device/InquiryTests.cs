using System.Buffers.Binary;
using System.Text;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: INQUIRY shows what SPC-4 §6.6 and §7.8 and SBC-3 §6.6 want. Method: parse what comes out, field by field.</summary>
public sealed class InquiryTests
{
    private readonly Rig _rig = new();

    [Fact]
    public void Standard_data_claims_the_standards_and_names_the_product()
    {
        Outcome outcome = _rig.Run(Cdbs.Inquiry());
        StandardInquiryData data = StandardInquiryData.Parse(outcome.DataIn)!;
        Assert.Equal(96, outcome.DataIn.Length);
        Assert.Equal(96 - 5, outcome.DataIn[4]);
        Assert.Equal((0, 0, 6), (data.Qualifier, data.DeviceType, data.Version));
        Assert.Equal(2, outcome.DataIn[3] & 0x0F);
        Assert.Equal("Blockwire disk", data.Product);
        Assert.Equal([0x00A0, 0x0961, 0x0460, 0x04C0], data.VersionDescriptors);
        Assert.False(data.Removable);
        Assert.True(StandardInquiryData.Parse(new Rig(removable: true).Run(Cdbs.Inquiry()).DataIn)!.Removable);
    }

    [Fact]
    public void A_target_with_several_ports_says_so()
    {
        Assert.Equal(0, _rig.Run(Cdbs.Inquiry()).DataIn[6]);
        Assert.Equal(0x10, new Rig(ports: [new(1, 1), new(2, 2)]).Run(Cdbs.Inquiry()).DataIn[6]);
    }

    [Fact]
    public void Every_power_condition_is_listed_and_takes_no_time_to_leave() => Assert.Equal(
        [0, 0x8A, 0, 14, 3, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], _rig.Run(Cdbs.Inquiry(0x8A)).DataIn);

    [Fact]
    public void Allocation_length_cuts_but_does_not_change_the_data()
    {
        byte[] whole = _rig.Run(Cdbs.Inquiry()).DataIn;
        for (int allocation = 0; allocation <= whole.Length; allocation++)
        {
            Assert.Equal(whole[..allocation], _rig.Run(Cdbs.Inquiry(null, (ushort)allocation)).DataIn);
        }
    }

    [Fact]
    public void A_page_code_without_evpd_is_refused() =>
        _rig.Run([OperationCode.Inquiry, 0, 0x83, 0, 255, 0]).ShouldBe(Sense.InvalidFieldInCdb(2));

    [Fact]
    public void Page_00_lists_exactly_the_pages_that_can_be_read()
    {
        foreach (bool thin in new[] { false, true })
        {
            Rig rig = new(thin: thin);
            byte[] list = rig.Run(Cdbs.Inquiry(PageCodes.Vpd.SupportedPages)).DataIn[4..];
            Assert.Equal(thin ? [0x00, 0x80, 0x83, 0x86, 0x87, 0x88, 0x8A, 0x8F, 0xB0, 0xB1, 0xB2] : [0x00, 0x80, 0x83, 0x86, 0x87, 0x88, 0x8A, 0x8F, 0xB0, 0xB1], list);
            for (int code = 0; code < 256; code++)
            {
                Outcome outcome = rig.Run(Cdbs.Inquiry((byte)code, 4096));
                if (list.Contains((byte)code))
                {
                    outcome.ShouldBeGood();
                    Assert.Equal(code, outcome.DataIn[1]);
                    Assert.Equal(outcome.DataIn.Length - 4, BinaryPrimitives.ReadUInt16BigEndian(outcome.DataIn.AsSpan(2)));
                }
                else
                {
                    outcome.ShouldBe(Sense.InvalidFieldInCdb(2));
                }
            }
        }
    }

    [Fact]
    public void Serial_is_the_users_or_stable()
    {
        Assert.Equal("ABC 1", Encoding.ASCII.GetString(new Rig(serial: "ABC 1").Run(Cdbs.Inquiry(0x80)).DataIn[4..]));
        string derived = Encoding.ASCII.GetString(_rig.Run(Cdbs.Inquiry(0x80)).DataIn[4..]);
        Assert.Equal(derived, new Rig().Unit.Serial);
        Assert.Matches("^[0-9a-f]{16}$", derived);
        Assert.Throws<ArgumentException>(() => new Rig(serial: "\u00e9"));
        Assert.Throws<ArgumentException>(() => new Rig(serial: ""));
    }

    [Fact]
    public void Designators_name_unit_port_and_device()
    {
        IReadOnlyList<Designator> all = Designator.ParsePage(_rig.Run(Cdbs.Inquiry(0x83, 4096)).DataIn)!;
        Designator naa = all.Single(one => one.Type == DesignatorType.Naa);
        Assert.Equal(3, naa.Value.Span[0] >> 4);
        Assert.Equal(_rig.Unit.Naa, BinaryPrimitives.ReadUInt64BigEndian(naa.Value.Span));
        Assert.StartsWith("BLOCKWIR", Text(all.Single(one => one.Type == DesignatorType.T10VendorId)), StringComparison.Ordinal);
        Assert.Equal(
            [
                (DesignatorAssociation.LogicalUnit, Rig.TargetName + ",L,0x0000000000000000"),
                (DesignatorAssociation.TargetPort, Rig.TargetName + ",t,0x0001"),
                (DesignatorAssociation.TargetDevice, Rig.TargetName),
            ],
            all.Where(one => one.Type == DesignatorType.ScsiName).Select(one => (one.Association, Text(one).TrimEnd('\0'))));
        Assert.All(all.Where(one => one.Type == DesignatorType.ScsiName), one => Assert.Equal(0, one.Value.Length % 4));
        Assert.Equal(1u, BinaryPrimitives.ReadUInt32BigEndian(all.Single(one => one.Type == DesignatorType.RelativeTargetPort).Value.Span));
        Assert.Equal(1u, BinaryPrimitives.ReadUInt32BigEndian(all.Single(one => one.Type == DesignatorType.TargetPortGroup).Value.Span));
    }

    [Fact]
    public void Two_units_share_no_designator()
    {
        LogicalUnit other = new(1, new FakeDisk(), new LogicalUnitOptions { Identity = Rig.TargetName + "/1" });
        Assert.NotEqual(_rig.Unit.Naa, other.Naa);
        Assert.NotEqual(_rig.Unit.Serial, other.Serial);
    }

    [Fact]
    public void Block_limits_say_what_the_commands_enforce()
    {
        foreach (uint blockBytes in new uint[] { 512, 4096 })
        {
            Rig rig = new(new FakeDisk(blockBytes));
            BlockLimitsPage page = BlockLimitsPage.Parse(rig.Run(Cdbs.Inquiry(0xB0)).DataIn)!.Value;
            Assert.True(page.WriteSameNonZero);
            Assert.Equal((32u << 20) / blockBytes, page.MaximumTransfer);
            Assert.Equal(65535UL, page.MaximumWriteSame);
            Assert.Equal((1u << 20, 256u, 1u, 0u), (page.MaximumUnmap, page.MaximumUnmapDescriptors, page.OptimalUnmapGranularity, page.UnmapGranularityAlignment));
        }

        BlockLimitsPage thick = BlockLimitsPage.Parse(new Rig(thin: false).Run(Cdbs.Inquiry(0xB0)).DataIn)!.Value;
        Assert.Equal((0u, 0u, null), (thick.MaximumUnmap, thick.MaximumUnmapDescriptors, thick.UnmapGranularityAlignment));
    }

    [Fact]
    public void Characteristics_and_provisioning()
    {
        Assert.Equal([0, 0xB1, 0, 60, 0, 1, 0, 0x40, 0x01], _rig.Run(Cdbs.Inquiry(0xB1)).DataIn[..9]);
        Assert.Equal(
            new LogicalBlockProvisioningPage(true, true, true, true, 2) { ThresholdExponent = 11 },
            LogicalBlockProvisioningPage.Parse(_rig.Run(Cdbs.Inquiry(0xB2)).DataIn));
        Assert.Equal([0, 0x86, 0, 60, 0, 7, 0x0D], _rig.Run(Cdbs.Inquiry(0x86)).DataIn[..7]);
    }

    [Fact]
    public void A_lun_without_unit_says_so()
    {
        Outcome outcome = _rig.Run(_rig.First, Cdbs.Inquiry(), lun: LunFormat.Encode(300));
        Assert.Equal(0x7F, outcome.DataIn[0]);
        _rig.Run(_rig.First, Cdbs.Inquiry(0x83), lun: LunFormat.Encode(300)).ShouldBe(Sense.LogicalUnitNotSupported);
    }

    private static string Text(Designator designator) => Encoding.UTF8.GetString(designator.Value.Span);
}
