using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Tests.Multimedia;

/// <summary>CD/DVD drives for tests, and CDBs for them.</summary>
internal static class Cd
{
    /// <summary>A drive with a medium that claims so many blocks, of which the first 1024 can be read.</summary>
    public static Rig Rig(ulong blocks = 1024, IUnitStateStore? state = null, bool empty = false) =>
        new(Medium(blocks), state: state, type: LogicalUnitType.CdDvd, empty: empty);

    /// <summary>A drive with a DVD.</summary>
    public static Rig Dvd() => Rig(2_000_000);

    public static FakeDisk Medium(ulong blocks = 1024) => new(2048, 1024, readOnly: true, shownBlocks: blocks);

    public static byte[] Toc(byte format = 0, byte number = 0, bool msf = false, ushort allocation = 64, byte control = 0) =>
        [MmcOperationCode.ReadToc, (byte)(msf ? 2 : 0), format, 0, 0, 0, number, (byte)(allocation >> 8), (byte)allocation, control];

    public static byte[] Configuration(ushort feature = 0, byte type = 0, ushort allocation = 512) =>
        DriveConfiguration.Request(feature, allocation, type).AsSpan.ToArray();

    public static byte[] Events(byte classes, ushort allocation = 8, byte polled = 1) =>
        [MmcOperationCode.GetEventStatusNotification, polled, 0, 0, classes, 0, 0, (byte)(allocation >> 8), (byte)allocation, 0];

    /// <summary>READ CD.</summary>
    public static byte[] Read(uint lba, int blocks, byte selection = 0x10, int type = 0)
    {
        byte[] cdb = [MmcOperationCode.ReadCd, (byte)(type << 2), 0, 0, 0, 0, (byte)(blocks >> 16), (byte)(blocks >> 8), (byte)blocks, selection, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(2), lba);
        return cdb;
    }

    public static byte[] ReadMsf(byte[] from, byte[] to, byte selection = 0x10) =>
        [MmcOperationCode.ReadCdMsf, 0, 0, .. from, .. to, selection, 0, 0];

    public static byte[] Structure(byte format, ushort allocation = 4096, byte layer = 0, byte media = 0) =>
        [MmcOperationCode.ReadDvdStructure, media, 0, 0, 0, 0, layer, format, (byte)(allocation >> 8), (byte)allocation, 0, 0];

    public static byte[] Track(byte type, uint number)
    {
        byte[] cdb = [MmcOperationCode.ReadTrackInformation, type, 0, 0, 0, 0, 0, 0, 64, 0];
        BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(2), number);
        return cdb;
    }

    public static byte[] SubChannel(byte format, bool q = true, bool msf = false, byte track = 1) =>
        [MmcOperationCode.ReadSubChannel, (byte)(msf ? 2 : 0), (byte)(q ? 0x40 : 0), format, 0, 0, track, 0, 64, 0];

    public static byte[] Performance(uint lba, byte flags = 0x10, byte type = 0, ushort most = 8)
    {
        byte[] cdb = [MmcOperationCode.GetPerformance, flags, 0, 0, 0, 0, 0, 0, (byte)(most >> 8), (byte)most, type, 0];
        BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(2), lba);
        return cdb;
    }

    public static byte[] Streaming(int length, byte type = 0) =>
        [MmcOperationCode.SetStreaming, 0, 0, 0, 0, 0, 0, 0, type, (byte)(length >> 8), (byte)length, 0];

    /// <summary>Of a drive's row a CDB that ends with GOOD, and its data-out.</summary>
    public static (byte[] Cdb, byte[] DataOut) GoodExample(CommandSpec row) => row.OperationCode switch
    {
        MmcOperationCode.ReadToc => (Toc(), []),
        MmcOperationCode.GetConfiguration => (Configuration(), []),
        MmcOperationCode.GetEventStatusNotification => (Events(0x10), []),
        MmcOperationCode.ReadCd => (Read(3, 2), []),
        MmcOperationCode.ReadCdMsf => (ReadMsf([0, 2, 3], [0, 2, 5]), []),
        MmcOperationCode.Seek10 => (Cdbs.Ten(MmcOperationCode.Seek10, 3, 0), []),
        MmcOperationCode.ReadDvdStructure => (Structure(0xFF), []),
        MmcOperationCode.ReadTrackInformation => (Track(1, 1), []),
        MmcOperationCode.ReadSubChannel => (SubChannel(1), []),
        MmcOperationCode.GetPerformance => (Performance(0), []),
        MmcOperationCode.SetStreaming => (Streaming(28), new byte[28]),
        MmcOperationCode.ReadDiscInformation or MmcOperationCode.ReadBufferCapacity => (Cdbs.Ten(row.OperationCode, 0, 64), []),
        MmcOperationCode.MechanismStatus => ([row.OperationCode, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0], []),
        MmcOperationCode.SetCdSpeed => ([row.OperationCode, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0], []),
        OperationCode.ModeSelect6 or OperationCode.ModeSelect10 => Select(row.OperationCode),
        _ => GoodExamples.For(row),
    };

    // The CD device parameters as they are.
    private static (byte[] Cdb, byte[] DataOut) Select(byte op)
    {
        byte[] page = [0x0D, 6, 0, 0, 0, 60, 0, 75];
        byte[] list = op == OperationCode.ModeSelect6 ? [0, 0, 0, 0, .. page] : [0, 0, 0, 0, 0, 0, 0, 0, .. page];
        return (op == OperationCode.ModeSelect6 ? Cdbs.ModeSelect6(list.Length) : Cdbs.ModeSelect10(list.Length), list);
    }
}
