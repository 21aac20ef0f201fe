namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: the REPORT LUNS well known logical unit is there and serves its commands (SPC-4 §8.2); LUNs are told by SELECT REPORT and taken in every form.</summary>
public sealed class WellKnownUnitTests
{
    private readonly Rig _rig = new();

    [Theory]
    [InlineData(0x00, new ulong[] { 0 })]
    [InlineData(0x01, new ulong[] { LunFormat.ReportLunsWellKnown })]
    [InlineData(0x02, new ulong[] { LunFormat.ReportLunsWellKnown, 0 })]
    [InlineData(0x10, new ulong[0])]
    [InlineData(0x11, new ulong[] { 0 })]
    [InlineData(0x12, new ulong[0])]
    public void A_select_report_code_has_its_list(byte select, ulong[] luns)
    {
        foreach (ulong lun in new ulong[] { 0, LunFormat.ReportLunsWellKnown, LunFormat.Encode(300) })
        {
            Outcome outcome = _rig.Run(_rig.First, Cdbs.ReportLuns(select), lun: lun);
            Assert.Equal(luns, LunList.Parse(outcome.DataIn, out int total));
            Assert.Equal(luns.Length, total);
        }
    }

    [Theory]
    [InlineData(0x03)]
    [InlineData(0x13)]
    public void Another_code_is_refused(byte select) => _rig.Run(Cdbs.ReportLuns(select)).ShouldBe(Sense.InvalidFieldInCdb(2));

    [Fact]
    public void It_answers_four_commands_and_no_other()
    {
        Run(Cdbs.TestUnitReady).ShouldBeGood();
        Outcome sense = Run(Cdbs.RequestSense());
        Assert.Equal(Sense.None, SenseData.Parse(sense.DataIn));
        StandardInquiryData inquiry = StandardInquiryData.Parse(Run(Cdbs.Inquiry()).DataIn)!;
        Assert.Equal((0, 0x1E), (inquiry.Qualifier, inquiry.DeviceType));
        foreach (CommandSpec row in CommandTable.Thin.Rows)
        {
            if (row.OperationCode is not (OperationCode.TestUnitReady or OperationCode.RequestSense or OperationCode.Inquiry or OperationCode.ReportLuns))
            {
                Run(GoodExamples.For(row).Cdb).ShouldBe(Sense.InvalidOpcode);
            }
        }
    }

    [Fact]
    public void Its_pages_name_port_and_target()
    {
        Assert.Equal([0x1E, 0x00, 0x00, 0x02, 0x00, 0x83], Run(Cdbs.Inquiry(PageCodes.Vpd.SupportedPages)).DataIn);
        IReadOnlyList<Designator> names = Designator.ParsePage(Run(Cdbs.Inquiry(PageCodes.Vpd.DeviceIdentification)).DataIn)!;
        Assert.DoesNotContain(names, static it => it.Association == DesignatorAssociation.LogicalUnit);
        Assert.Equal((ushort?)1, Designator.FindNumber(names, DesignatorType.RelativeTargetPort));
        Run(Cdbs.Inquiry(PageCodes.Vpd.UnitSerialNumber)).ShouldBe(Sense.InvalidFieldInCdb(2));
    }

    [Theory]
    [InlineData(0x0000_0000_0000_0000, true)]
    [InlineData(0x4000_0000_0000_0000, true)]
    [InlineData(0xD200_0000_0000_0000, true)]
    [InlineData(0xD200_0001_0000_0000, false)]
    [InlineData(0xD200_0000_0000_0001, false)]
    [InlineData(0xC102_0000_0000_0000, false)]
    [InlineData(0x8000_0000_0000_0000, false)]
    public void A_unit_is_found_by_each_form_of_its_LUN(ulong lun, bool found)
    {
        Outcome outcome = _rig.Run(_rig.First, Cdbs.TestUnitReady, lun: lun);
        Assert.Equal(found ? ScsiStatus.Good : ScsiStatus.CheckCondition, outcome.Status);
    }

    private Outcome Run(byte[] cdb) => _rig.Run(_rig.First, cdb, lun: LunFormat.ReportLunsWellKnown);
}
