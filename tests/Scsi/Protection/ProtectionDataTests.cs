namespace Blockwire.Scsi.Tests;

/// <summary>Goal: protection information and what CDBs say of it stand where SBC-3 has them. Method: golden bytes, both ways.</summary>
public sealed class ProtectionDataTests
{
    [Fact]
    public void The_eight_bytes()
    {
        byte[] bytes = [0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0];
        ProtectionInformation read = ProtectionInformation.Read(bytes);
        Assert.Equal(new ProtectionInformation(0x1234, 0x5678, 0x9ABCDEF0), read);
        byte[] written = new byte[8];
        read.Write(written);
        Assert.Equal(bytes, written);
        ProtectionInformation.Unset.Write(written);
        Assert.Equal(Enumerable.Repeat((byte)0xFF, 8), written);
    }

    [Theory]
    [InlineData(0xFFFF, 5u, true, true, false)]
    [InlineData(0xFFFF, 0xFFFFFFFFu, true, true, true)]
    [InlineData(0, 0xFFFFFFFFu, false, false, false)]
    public void Tags_that_disable_checks(int application, uint reference, bool one, bool two, bool three)
    {
        ProtectionInformation information = new(0, (ushort)application, reference);
        Assert.Equal(one, information.DisablesChecks(ProtectionType.Type1));
        Assert.Equal(two, information.DisablesChecks(ProtectionType.Type2));
        Assert.Equal(three, information.DisablesChecks(ProtectionType.Type3));
    }

    [Fact]
    public void A_cdb_of_32_bytes()
    {
        byte[] cdb = LongBlockCdb.Make(ServiceAction.Write32, 0x28, 0x0102030405060708, 0x11121314, 0x21222324, 0x3132, 0x4142);
        Assert.Equal("7F0000000000001800" + "0B2800" + "0102030405060708" + "21222324" + "3132" + "4142" + "11121314", Convert.ToHexString(cdb));
        Assert.Equal(new BlockCdb(0x0102030405060708, 0x11121314, 28), BlockCdb.Read(cdb));
        Assert.Equal(new ProtectionFields(1, true, 0x21222324, 0x3132, 0x4142), ProtectionFields.Read(cdb));
        Assert.Throws<ArgumentException>(() => BlockCdb.Read(cdb.AsSpan(0, 31)));
        Assert.Equal("WRITE(32)", CdbDescription.Find(cdb)?.Name);
        Assert.Equal(1ul, CdbDescription.Find(cdb)!.Fields.Single(static field => field.Name == "WRPROTECT").Read(cdb));
        Assert.Equal(0x21222324ul, CdbDescription.Find(cdb)!.Fields.Single(static field => field.Name == "EXPECTED INITIAL LOGICAL BLOCK REFERENCE TAG").Read(cdb));
    }

    [Fact]
    public void Shorter_cdbs_have_three_bits_and_no_tags()
    {
        Assert.Equal(new ProtectionFields(5, false, 0, 0, 0), ProtectionFields.Read([OperationCode.Read10, 0xA8, 0, 0, 0, 0, 0, 0, 1, 0]));
        Assert.Equal(default, ProtectionFields.Read([OperationCode.Read6, 0x1F, 0, 0, 1, 0]));
    }

    [Theory]
    [InlineData(ProtectionType.None, 0x00)]
    [InlineData(ProtectionType.Type1, 0x01)]
    [InlineData(ProtectionType.Type2, 0x03)]
    [InlineData(ProtectionType.Type3, 0x05)]
    public void Capacity_says_the_type(ProtectionType type, byte expected)
    {
        byte[] data = new byte[CapacityData16.Length];
        CapacityData16 capacity = new(99, 512, 3, true, true) { Protection = type };
        capacity.Write(data);
        Assert.Equal(expected, data[12]);
        Assert.Equal(capacity, CapacityData16.Parse(data));
    }

    [Fact]
    public void Inquiry_says_whether_there_can_be_any()
    {
        byte[] data = new byte[StandardInquiryData.Length];
        StandardInquiryData inquiry = new() { Vendor = "V", Product = "P", Revision = "1", Protect = true };
        inquiry.Write(data);
        Assert.Equal(1, data[5] & 1);
        Assert.True(StandardInquiryData.Parse(data)!.Protect);
        byte[] page = new byte[64];
        (page[1], page[3], page[4]) = (0x86, 60, 0x3F);
        ExtendedInquiryPage extended = ExtendedInquiryPage.Parse(page)!.Value;
        Assert.Equal((true, true, true, 7), (extended.GuardCheck, extended.ApplicationTagCheck, extended.ReferenceTagCheck, (int)extended.SupportedTypes));
    }
}
