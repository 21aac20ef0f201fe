using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Tests.Protection;

/// <summary>A unit whose disk keeps protection information, formatted with a type, and blocks for it.</summary>
internal static class ProtectionRig
{
    public const int Whole = 520;

    public static Rig Create(ProtectionType type, IUnitStateStore? state = null) => new(new FakeDisk(keeps: true), state: state, protection: type);

    /// <summary>A block command of any length with a protection code in its place.</summary>
    public static byte[] Protect(byte[] cdb, int code)
    {
        cdb[BlockCdb.FlagsAt(cdb)] |= (byte)(code << 5);
        return cdb;
    }

    /// <summary>Blocks with true protection information: the reference tags begin with one.</summary>
    public static byte[] Blocks(int count, uint reference, ushort application = 0x1234, int seed = 5)
    {
        byte[] blocks = new byte[count * Whole];
        Random random = new(seed);
        for (int i = 0; i < count; i++)
        {
            Span<byte> block = blocks.AsSpan(i * Whole, Whole);
            random.NextBytes(block[..512]);
            new ProtectionInformation(GuardCrc.Compute(block[..512]), application, reference + (uint)i).Write(block[512..]);
        }

        return blocks;
    }

    /// <summary>The data of such blocks alone.</summary>
    public static byte[] Data(byte[] blocks) => [.. blocks.Chunk(Whole).SelectMany(static block => block[..512])];

    /// <summary>Their protection information.</summary>
    public static ProtectionInformation[] Tags(byte[] blocks) => [.. blocks.Chunk(Whole).Select(static block => ProtectionInformation.Read(block.AsSpan(512)))];

    /// <summary>ATO of the control page.</summary>
    public static void OwnTags(this Rig rig, bool own = true, bool skipChecks = false)
    {
        byte[] page = [0, 0, 0, 0, 0x0A, 0x0A, (byte)(0x02 | (skipChecks ? 8 : 0)), 0x10, 0, (byte)(own ? 0x80 : 0), 0, 0, 0xFF, 0xFF, 0, 0];
        rig.Run(Cdbs.ModeSelect6(page.Length), page).ShouldBeGood();
        _ = rig.Run(rig.Second, Cdbs.TestUnitReady); // hears of it, if anything changed
    }

    /// <summary>The reference tag that the first of some blocks has, with commands as tests send them.</summary>
    public static uint FirstTag(ProtectionType type, uint lba) => type == ProtectionType.Type1 ? lba : 0x77000000;

    /// <summary>READ or WRITE of the form that the type takes with protection information.</summary>
    public static byte[] Read(ProtectionType type, uint lba, ushort count, int code, ushort application = 0, ushort mask = 0) => Protect(
        type == ProtectionType.Type2 ? Cdbs.Long(ServiceAction.Read32, lba, count, 0, FirstTag(type, lba), application, mask) : Cdbs.Ten(OperationCode.Read10, lba, count), code);

    /// <summary>WRITE of the form that the type takes with protection information.</summary>
    public static byte[] Write(ProtectionType type, uint lba, ushort count, int code, ushort application = 0, ushort mask = 0) => Protect(
        type == ProtectionType.Type2 ? Cdbs.Long(ServiceAction.Write32, lba, count, 0, FirstTag(type, lba), application, mask) : Cdbs.Ten(OperationCode.Write10, lba, count), code);

    /// <summary>The byte of P_TYPE and PROT_EN.</summary>
    public static byte Capacity(this Rig rig) => rig.Run(Cdbs.ReadCapacity16()).DataIn[12];

    public static ulong LastLba(this Rig rig) => BinaryPrimitives.ReadUInt64BigEndian(rig.Run(Cdbs.ReadCapacity16()).DataIn);
}
