using FsCheck;
using FsCheck.Fluent;

namespace Blockwire.Scsi.Tests;

/// <summary>Goal: sense data survives the way through both formats (SPC-4 §4.5). Method: golden bytes, and random round trips.</summary>
public sealed class SenseDataTests
{
    private static readonly Arbitrary<SenseData> Any = (
        from key in Gen.Choose(0, 15)
        from asc in Gen.Choose(0, 255)
        from ascq in Gen.Choose(0, 255)
        from hasInformation in Gen.Elements(true, false)
        from information in ArbMap.Default.GeneratorFor<ulong>()
        from commandSpecific in Gen.Elements<ulong?>(null, 1, uint.MaxValue)
        from specific in Gen.Elements(0u, 0x800000u, 0xC00007u, 0xCF00FFu, 0x81FFFFu)
        from deferred in Gen.Elements(true, false)
        select new SenseData((SenseKey)key, (byte)asc, (byte)ascq, hasInformation ? information : null, specific, deferred) { CommandSpecific = commandSpecific }).ToArbitrary();

    [Fact]
    public void Descriptor_format_keeps_everything() => Prop.ForAll(Any, sense =>
    {
        byte[] bytes = Enumerable.Repeat((byte)0xA5, SenseData.MaxLength).ToArray();
        int length = sense.Write(bytes, descriptorFormat: true);
        Assert.Equal(sense, SenseData.Parse(bytes.AsSpan(0, length)));
        Assert.Equal(0xA5, bytes[length]);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Fixed_format_loses_only_information_that_is_too_large() => Prop.ForAll(Any, sense =>
    {
        byte[] bytes = Enumerable.Repeat((byte)0xA5, SenseData.MaxLength).ToArray();
        int length = sense.Write(bytes, descriptorFormat: false);
        Assert.Equal(18, length);
        Assert.Equal(sense with { Information = sense.Information > uint.MaxValue ? null : sense.Information }, SenseData.Parse(bytes.AsSpan(0, length)));
        Assert.Equal(0xA5, bytes[length]);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Golden_fixed()
    {
        byte[] bytes = new byte[18];
        Sense.LbaOutOfRange(0x01020304).Write(bytes, false);
        Assert.Equal("F0000501020304" + "0A" + "00000000" + "2100" + "00" + "000000", Convert.ToHexString(bytes));
        Sense.InvalidFieldInCdb(2, 5).Write(bytes, false);
        Assert.Equal("70000500000000" + "0A" + "00000000" + "2400" + "00" + "CD0002", Convert.ToHexString(bytes));
    }

    [Fact]
    public void Golden_descriptor()
    {
        byte[] bytes = new byte[64];
        int length = Sense.LbaOutOfRange(0x0102030405060708).Write(bytes, true);
        Assert.Equal("720521000000000C" + "000A8000" + "0102030405060708", Convert.ToHexString(bytes.AsSpan(0, length)));
        length = Sense.InvalidFieldInParameterList(9, 3).Write(bytes, true);
        Assert.Equal("7205260000000008" + "02060000" + "8B000900", Convert.ToHexString(bytes.AsSpan(0, length)));
    }

    [Fact]
    public void Pointers_and_progress()
    {
        SenseData pointing = Sense.InvalidFieldInCdb(300, 4);
        Assert.True(pointing.HasFieldPointer && pointing.FieldPointerIsInCdb && !pointing.HasProgress);
        Assert.Equal((300, (byte?)4), (pointing.FieldByte, pointing.FieldBit));
        SenseData busy = Sense.NotReady.WithProgress(0x8000);
        Assert.True(busy.HasProgress && !busy.HasFieldPointer);
        Assert.Equal(0x8000, busy.Progress);
    }

    [Fact]
    public void Command_specific_information_has_its_descriptor_and_its_bytes_in_fixed_format()
    {
        byte[] bytes = new byte[64];
        SenseData sense = Sense.NoDefectSpareLocation(5) with { CommandSpecific = 0x0102030405 };
        int length = sense.Write(bytes, true);
        Assert.Equal("7204320000000018" + "000A8000" + "0000000000000005" + "010A0000" + "0000000102030405", Convert.ToHexString(bytes.AsSpan(0, length)));
        sense.Write(bytes, false);
        Assert.Equal("F00004000000050A" + "FFFFFFFF" + "3200" + "00" + "000000", Convert.ToHexString(bytes.AsSpan(0, 18)));
        Assert.Equal(0UL, SenseData.Parse(bytes.AsSpan(0, (sense with { CommandSpecific = 0 }).Write(bytes, true)))!.Value.CommandSpecific);
    }

    [Fact]
    public void A_segment_is_pointed_at()
    {
        SenseData pointing = Sense.CopyLeavesDisk(12);
        Assert.True(pointing.HasSegmentPointer && pointing.SegmentPointerIsInSegment && !pointing.HasFieldPointer);
        Assert.Equal((12, null), (pointing.FieldByte, pointing.FieldBit));
        Assert.False(Sense.CopyTargetNotReachable(16).SegmentPointerIsInSegment);
    }

    [Fact]
    public void Every_cut_and_every_rubbish_is_survived() => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
    {
        foreach (byte format in new byte[] { 0x70, 0x71, 0x72, 0x73, 0xF0, 0x00 })
        {
            byte[] spoilt = [format, .. bytes];
            for (int length = 0; length <= spoilt.Length; length++)
            {
                SenseData? sense = SenseData.Parse(spoilt.AsSpan(0, length));
                Assert.True(length >= 8 || sense is null);
            }
        }
    }).QuickCheckThrowOnFailure();
}
