namespace Blockwire.Scsi.Tests;

/// <summary>Goal: parameter data read back as it was written, and cut data never read past its end. Method: round trips through dirty memory.</summary>
public sealed class ParameterDataTests
{
    private readonly byte[] _dirty = Enumerable.Repeat((byte)0xA5, 4096).ToArray();

    [Fact]
    public void Capacity()
    {
        CapacityData10 ten = new(0x01020304, 4096);
        Assert.Equal(ten, CapacityData10.Parse(_dirty.AsSpan(0, ten.Write(_dirty))));
        CapacityData16 sixteen = new(0x0102030405060708, 512, 3, true, true);
        Assert.Equal(sixteen, CapacityData16.Parse(_dirty.AsSpan(0, sixteen.Write(_dirty))));
        Assert.Null(CapacityData10.Parse(new byte[7]));
        Assert.Null(CapacityData16.Parse(new byte[15]));
    }

    [Fact]
    public void Block_limits()
    {
        BlockLimitsPage page = new()
        {
            WriteSameNonZero = true,
            MaximumCompareAndWrite = 1,
            OptimalTransferGranularity = 8,
            MaximumTransfer = 32768,
            OptimalTransfer = 2048,
            MaximumUnmap = 1 << 20,
            MaximumUnmapDescriptors = 256,
            OptimalUnmapGranularity = 8,
            UnmapGranularityAlignment = 4,
            MaximumWriteSame = 1UL << 33,
        };
        Assert.Equal(page, BlockLimitsPage.Parse(_dirty.AsSpan(0, page.Write(_dirty))));
        _dirty[3] = 12;
        Assert.Equal(0u, BlockLimitsPage.Parse(_dirty.AsSpan(0, 16))!.Value.MaximumUnmap);
        Assert.Null(BlockLimitsPage.Parse(new byte[64]));
    }

    [Fact]
    public void Provisioning()
    {
        LogicalBlockProvisioningPage page = new(true, false, true, true, 2);
        Assert.Equal(page, LogicalBlockProvisioningPage.Parse(_dirty.AsSpan(0, page.Write(_dirty))));
    }

    [Fact]
    public void Standard_inquiry()
    {
        StandardInquiryData data = new() { Vendor = "V", Product = "P Q", Revision = "1.0", Removable = true, VersionDescriptors = [0x00A0, 0x0960] };
        StandardInquiryData back = StandardInquiryData.Parse(_dirty.AsSpan(0, data.Write(_dirty)))!;
        Assert.Equal(data.VersionDescriptors, back.VersionDescriptors);
        Assert.Equal(data with { VersionDescriptors = back.VersionDescriptors }, back);
        Assert.Null(StandardInquiryData.Parse(new byte[35]));
    }

    [Fact]
    public void Designators()
    {
        Designator[] all =
        [
            Designator.Naa(DesignatorAssociation.LogicalUnit, 0x3102030405060708),
            Designator.RelativeTargetPort(7),
            Designator.ScsiName(DesignatorAssociation.TargetDevice, "iqn.abc"),
        ];
        int at = 4;
        foreach (Designator one in all)
        {
            at += one.Write(_dirty.AsSpan(at));
        }

        (_dirty[1], _dirty[2], _dirty[3]) = (0x83, 0, (byte)(at - 4));
        Assert.Equal("01030008" + "3102030405060708" + "51940004" + "00000007" + "53A80008" + "69716E2E61626300", Convert.ToHexString(_dirty.AsSpan(4, at - 4)));
        IReadOnlyList<Designator> back = Designator.ParsePage(_dirty.AsSpan(0, at))!;
        Assert.Equal(all.Select(one => (one.Association, one.Type, one.Text)), back.Select(one => (one.Association, one.Type, one.Text)));
        for (int length = 0; length < at; length++)
        {
            Assert.Null(Designator.ParsePage(_dirty.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Luns()
    {
        ulong[] luns = [0, 1UL << 48, 0x412CUL << 48];
        int at = LunList.WriteHeader(_dirty, luns.Length);
        foreach (ulong lun in luns)
        {
            at += LunList.WriteEntry(_dirty.AsSpan(at), lun);
        }

        Assert.Equal(LunList.LengthFor(3), at);
        Assert.Equal(luns, LunList.Parse(_dirty.AsSpan(0, at), out int total));
        Assert.Equal(luns[..2], LunList.Parse(_dirty.AsSpan(0, at - 1), out total));
        Assert.Equal(3, total);
        Assert.Empty(LunList.Parse(new byte[7], out _));
    }

    [Fact]
    public void Mode_headers()
    {
        ModeParameterHeader header = new(true, true, false, 8, 43);
        Assert.Equal(header, ModeParameterHeader.Parse6(_dirty.AsSpan(0, header.Write6(_dirty))));
        ModeParameterHeader ten = new(false, true, true, 16, 300);
        Assert.Equal(ten, ModeParameterHeader.Parse10(_dirty.AsSpan(0, ten.Write10(_dirty))));
    }

    [Fact]
    public void Block_cdbs()
    {
        Assert.Equal(new BlockCdb(0x1F0203, 256, 4), BlockCdb.Read([0x08, 0xFF, 0x02, 0x03, 0x00, 0]));
        Assert.Equal(new BlockCdb(0x01020304, 0x0506, 7), BlockCdb.Read([0x28, 0, 1, 2, 3, 4, 0, 5, 6, 0]));
        Assert.Equal(new BlockCdb(0x01020304, 0x05060708, 6), BlockCdb.Read([0xA8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0]));
        Assert.Equal(new BlockCdb(0x0102030405060708, 0x090A0B0C, 10), BlockCdb.Read([0x88, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 0]));
        Assert.Throws<ArgumentException>(() => BlockCdb.Read([0x88, 0, 1]));
        Assert.Throws<ArgumentException>(() => BlockCdb.Read([0x7F, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
        Assert.Throws<ArgumentException>(() => BlockCdb.Read([]));
    }

    [Fact]
    public void Ranges()
    {
        UnmapDescriptor unmap = new(0x0102030405060708, 9);
        unmap.Write(_dirty);
        Assert.Equal(unmap, UnmapDescriptor.Read(_dirty));
        UnmapDescriptor.WriteHeader(_dirty, 2);
        Assert.Equal("0026002000000000", Convert.ToHexString(_dirty.AsSpan(0, 8)));
        LbaStatusDescriptor status = new(7, 8, 1);
        status.Write(_dirty);
        Assert.Equal(status, LbaStatusDescriptor.Read(_dirty));
    }
}
