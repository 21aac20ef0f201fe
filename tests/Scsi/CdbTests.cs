namespace Blockwire.Scsi.Tests;

/// <summary>Goal: every CDB has the bytes of its table in SPC-4 or SBC-3. Method: golden bytes.</summary>
public sealed class CdbTests
{
    private const ulong Lba = 0x0102030405060708;

    public static TheoryData<string, string> Golden => new()
    {
        { "000000000000", Text(PrimaryCdbs.TestUnitReady()) },
        { "120000012300", Text(PrimaryCdbs.Inquiry(0x123)) },
        { "1201B0012300", Text(PrimaryCdbs.InquiryPage(PageCodes.Vpd.BlockLimits, 0x123)) },
        { "03010000FC00", Text(PrimaryCdbs.RequestSense(252, descriptorFormat: true)) },
        { "A00002000000010203040000", Text(PrimaryCdbs.ReportLuns(0x01020304, 2)) },
        { "1A08CA01FC00", Text(PrimaryCdbs.ModeSense6(0x0A, 1, PageValues.Saved, 252, noBlockDescriptors: true)) },
        { "5A187F00000000123400", Text(PrimaryCdbs.ModeSense10(0x3F, 0, PageValues.Changeable, 0x1234, true, true)) },
        { "151100001000", Text(PrimaryCdbs.ModeSelect6(16, save: true)) },
        { "55100000000000123400", Text(PrimaryCdbs.ModeSelect10(0x1234)) },
        { "4D004D02000506123400", Text(PrimaryCdbs.LogSense(0x0D, 2, PageValues.Changeable, 0x0506, 0x1234)) },
        { "5E030000000000123400", Text(PrimaryCdbs.PersistentReserveIn(ServiceAction.ReadFullStatus, 0x1234)) },
        { "5F050600000000001800", Text(PrimaryCdbs.PersistentReserveOut(ReservationAction.PreemptAndAbort, ReservationType.ExclusiveAccessRegistrantsOnly, 24)) },
        { "83010000000000000000010203040000", Text(PrimaryCdbs.ExtendedCopy(longListIdentifier: true, 0x01020304)) },
        { "84030900000000000000010203040000", Text(PrimaryCdbs.ReceiveCopyResults(ServiceAction.ReceiveCopyOperatingParameters, 9, 0x01020304)) },
        { "A32A00000000010203040000", Text(PrimaryCdbs.ReportTargetPortGroups(0x01020304, extendedHeader: true)) },
        { "A40A00000000010203040000", Text(PrimaryCdbs.SetTargetPortGroups(0x01020304)) },
        { "A30C00000000010203040000", Text(PrimaryCdbs.ReportSupportedOperationCodes(0x01020304)) },
        { "A30C01280000010203040000", Text(PrimaryCdbs.ReportSupportedOperationCode(OperationCode.Read10, null, 0x01020304)) },
        { "A30C029E0010010203040000", Text(PrimaryCdbs.ReportSupportedOperationCode(OperationCode.ServiceActionIn16, 0x10, 0x01020304)) },
        { "081F02030000", Text(BlockCdbs.Read(OperationCode.Read6, 0x1F0203, 256)) },
        { "28180102030400050600", Text(BlockCdbs.Read(OperationCode.Read10, 0x01020304, 0x0506, true, true)) },
        { "A80001020304050607080000", Text(BlockCdbs.Read(OperationCode.Read12, 0x01020304, 0x05060708)) },
        { "88000102030405060708090A0B0C0000", Text(BlockCdbs.Read(OperationCode.Read16, Lba, 0x090A0B0C)) },
        { "2A080102030400050600", Text(BlockCdbs.Write(OperationCode.Write10, 0x01020304, 0x0506, forceUnitAccess: true)) },
        { "8A100102030405060708090A0B0C0000", Text(BlockCdbs.Write(OperationCode.Write16, Lba, 0x090A0B0C, disablePageOut: true)) },
        { "2F020102030400050600", Text(BlockCdbs.Verify(OperationCode.Verify10, 0x01020304, 0x0506, ByteCheckMode.Each)) },
        { "8F160102030405060708090A0B0C0000", Text(BlockCdbs.Verify(OperationCode.Verify16, Lba, 0x090A0B0C, ByteCheckMode.OneForAll, true)) },
        { "35000000000000000000", Text(BlockCdbs.SynchronizeCache(OperationCode.SynchronizeCache10)) },
        { "91020102030405060708090A0B0C0000", Text(BlockCdbs.SynchronizeCache(OperationCode.SynchronizeCache16, Lba, 0x090A0B0C, immediate: true)) },
        { "41080102030400050600", Text(BlockCdbs.WriteSame(OperationCode.WriteSame10, 0x01020304, 0x0506, unmap: true)) },
        { "93190102030405060708090A0B0C0000", Text(BlockCdbs.WriteSame(OperationCode.WriteSame16, Lba, 0x090A0B0C, true, true, true)) },
        { "8B080102030405060708090A0B0C0000", Text(BlockCdbs.OrWrite16(Lba, 0x090A0B0C, forceUnitAccess: true)) },
        { "89080102030405060708000000090000", Text(BlockCdbs.CompareAndWrite(Lba, 9, forceUnitAccess: true)) },
        { "9C080102030405060708000012340000", Text(BlockCdbs.WriteAtomic16(Lba, 0x1234, forceUnitAccess: true)) },
        { "42010000000000123400", Text(BlockCdbs.Unmap(0x1234, anchor: true)) },
        { "25000000000000000000", Text(BlockCdbs.ReadCapacity10()) },
        { "9E100000000000000000000000200000", Text(BlockCdbs.ReadCapacity16()) },
        { "9E120102030405060708090A0B0C0000", Text(BlockCdbs.GetLbaStatus(Lba, 0x090A0B0C)) },
        { "1B0100000200", Text(BlockCdbs.StartStopUnit(StartStopAction.Eject, immediate: true)) },
        { "1B0000003000", Text(BlockCdbs.StartStopUnit(StartStopAction.Stop, powerCondition: 3)) },
        { "1E0000000100", Text(BlockCdbs.PreventAllowMediumRemoval(prevent: true)) },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void Bytes(string expected, string actual) => Assert.Equal(expected, actual);

    [Theory]
    [InlineData(OperationCode.Read6, 0x1FFFFF, 256, true)]
    [InlineData(OperationCode.Read6, 0x200000, 1, false)]
    [InlineData(OperationCode.Read6, 0, 0, false)]
    [InlineData(OperationCode.Read10, uint.MaxValue, 65535, true)]
    [InlineData(OperationCode.Read10, uint.MaxValue + 1L, 1, false)]
    [InlineData(OperationCode.Read10, 0, 65536, false)]
    [InlineData(OperationCode.Read12, 0, uint.MaxValue, true)]
    [InlineData(OperationCode.Read12, uint.MaxValue + 1L, 1, false)]
    [InlineData(OperationCode.Read16, long.MaxValue, uint.MaxValue, true)]
    [InlineData(0x7F, 0, 1, false)]
    public void What_has_no_room_is_refused(byte operationCode, long lba, uint blocks, bool fits)
    {
        Assert.Equal(fits, BlockCdb.Fits(operationCode, (ulong)lba, blocks));
        if (fits)
        {
            BlockCdb read = BlockCdb.Read(BlockCdb.Make(operationCode, 0, (ulong)lba, blocks).AsSpan);
            Assert.Equal(((ulong)lba, blocks), (read.Lba, read.BlockCount));
        }
        else
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => BlockCdb.Make(operationCode, 0, (ulong)lba, blocks));
        }
    }

    [Fact]
    public void A_CDB_is_its_bytes()
    {
        Cdb cdb = new([0x28, 1, 2]);
        Assert.Equal((3, (byte)0x28, "280102"), (cdb.Length, cdb.OperationCode, cdb.ToString()));
        Assert.True(cdb == new Cdb([0x28, 1, 2]) && cdb != new Cdb([0x28, 1, 2, 0]));
        Assert.Equal(cdb.GetHashCode(), new Cdb([0x28, 1, 2]).GetHashCode());
        Assert.Throws<ArgumentException>(() => new Cdb([]));
        Assert.Throws<ArgumentException>(() => new Cdb(new byte[17]));
    }

    private static string Text(Cdb cdb) => cdb.ToString();
}
