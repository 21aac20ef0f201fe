using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Blockwire.Storage;

/// <summary>
/// The bytes of a <see cref="MirrorRecord"/>, version 1; docs/POOLS.md has the table. Numbers are little-endian, the last four bytes are the
/// CRC32C of all before them.
/// </summary>
internal static class MirrorRecordCodec
{
    public const uint Version = 1;

    private const int HeaderBytes = 80, MemberBytes = 16 + IdentityBytes, IdentityBytes = 112, ChecksumBytes = 4;
    private const int VersionAt = 8, LengthAt = 12, MirrorAt = 16, GenerationAt = 32, BlockBytesAt = 40, MembersAt = 44, BlockCountAt = 48,
        RegionBlocksAt = 56, OwnerAt = 64;

    private static ReadOnlySpan<byte> Magic => "BWMIRROR"u8;

    public static int LengthOf(int regions, int members) => HeaderBytes + (members * MemberBytes) + ((members + 1) * RegionMap.BytesFor(regions)) + ChecksumBytes;

    public static byte[] Encode(MirrorRecord record)
    {
        byte[] bytes = new byte[LengthOf(record.Regions, record.Members.Length)];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(VersionAt), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(LengthAt), (uint)bytes.Length);
        record.Mirror.TryWriteBytes(bytes.AsSpan(MirrorAt));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(GenerationAt), record.Generation);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(BlockBytesAt), record.BlockBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(MembersAt), (uint)record.Members.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(BlockCountAt), record.BlockCount);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(RegionBlocksAt), record.RegionBlocks);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(OwnerAt), record.Owner);
        Span<byte> rest = bytes.AsSpan(HeaderBytes);
        foreach (MirrorMemberRecord member in record.Members)
        {
            rest[0] = (byte)member.State;
            BinaryPrimitives.WriteUInt64LittleEndian(rest[8..], member.LeftAt);
            Encoding.UTF8.GetBytes(member.Identity, rest[16..MemberBytes]);
            rest = rest[MemberBytes..];
        }
        record.Intent.Bytes.CopyTo(rest);
        rest = rest[record.Intent.Bytes.Length..];
        foreach (MirrorMemberRecord member in record.Members)
        {
            member.Stale.Bytes.CopyTo(rest);
            rest = rest[member.Stale.Bytes.Length..];
        }
        BinaryPrimitives.WriteUInt32LittleEndian(rest, Checksum(bytes.AsSpan(0, bytes.Length - ChecksumBytes)));
        return bytes;
    }

    /// <summary>The record in the bytes, or null: they are torn, or of something else.</summary>
    /// <exception cref="NotSupportedException">They are whole, and of a later version.</exception>
    public static MirrorRecord? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes + ChecksumBytes || !bytes.StartsWith(Magic)) return null;
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[LengthAt..]);
        if (length > (uint)bytes.Length || length < HeaderBytes + ChecksumBytes) return null;
        bytes = bytes[..(int)length];
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[^ChecksumBytes..]) != Checksum(bytes[..^ChecksumBytes])) return null;
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[VersionAt..]);
        if (version != Version) throw new NotSupportedException($"it has version {version}");
        MirrorRecord? record = MirrorRecord.TryCreate(
            new Guid(bytes.Slice(MirrorAt, 16)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[BlockBytesAt..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[BlockCountAt..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[RegionBlocksAt..]),
            (int)Math.Min(int.MaxValue, BinaryPrimitives.ReadUInt32LittleEndian(bytes[MembersAt..])));
        if (record is null || bytes.Length != LengthOf(record.Regions, record.Members.Length)) return null;
        record.Generation = BinaryPrimitives.ReadUInt64LittleEndian(bytes[GenerationAt..]);
        record.Owner = BinaryPrimitives.ReadInt32LittleEndian(bytes[OwnerAt..]);
        return ReadRest(record, bytes[HeaderBytes..]) ? record : null;
    }

    /// <summary>An identity as it fits into a record: a long one by its hash.</summary>
    public static string Fit(string? identity) =>
        identity is null ? ""
        : Encoding.UTF8.GetByteCount(identity) <= IdentityBytes ? identity
        : "sha256 " + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)));

    private static bool ReadRest(MirrorRecord record, ReadOnlySpan<byte> rest)
    {
        foreach (MirrorMemberRecord member in record.Members)
        {
            member.State = (MirrorMemberState)rest[0];
            if (!Enum.IsDefined(member.State)) return false;
            member.LeftAt = BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]);
            member.Identity = Encoding.UTF8.GetString(rest[16..MemberBytes]).TrimEnd('\0');
            rest = rest[MemberBytes..];
        }
        rest = ReadMap(record.Intent, rest);
        foreach (MirrorMemberRecord member in record.Members) rest = ReadMap(member.Stale, rest);
        return true;
    }

    private static ReadOnlySpan<byte> ReadMap(RegionMap map, ReadOnlySpan<byte> from)
    {
        from[..map.Bytes.Length].CopyTo(map.Bytes);
        // What lies behind the last region means nothing, and must not count.
        RegionMap all = new(map.Regions);
        all.Fill();
        map.KeepOnly(all);
        return from[map.Bytes.Length..];
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte value in bytes) crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }
}
