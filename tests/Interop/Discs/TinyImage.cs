using System.Buffers.Binary;
using System.Text;

namespace Blockwire.Interop.Tests.Discs;

/// <summary>
/// Writes a small ISO image (ECMA-119) that boots (El Torito, without emulation): what boots says <see cref="Greeting"/> at the debug port E9h, reads a block from the disc,
/// says what it begins with, and ends QEMU through its exit device.
/// </summary>
internal static class TinyImage
{
    /// <summary>What boots says first.</summary>
    public const string Greeting = "booted;";

    /// <summary>Exit status of a QEMU that has such a device at F4h.</summary>
    public const int ExitStatus = 33;

    private const int Block = 2048;
    private const int Volume = 16, BootRecord = 17, Terminator = 18, Catalogue = 19, LittlePaths = 20, BigPaths = 21, Root = 22, Loader = 23, News = 24, Data = 25;

    /// <summary>Writes an image.</summary>
    /// <param name="path">The file.</param>
    /// <param name="label">Volume label, in capitals.</param>
    /// <param name="news">What the loader reads from the disc and says; the content of NEWS.TXT.</param>
    /// <param name="data">Content of DATA.BIN.</param>
    public static void Write(string path, string label, string news, byte[] data)
    {
        int blocks = Data + (data.Length + Block - 1) / Block;
        byte[] image = new byte[blocks * Block];
        WriteVolume(image.AsSpan(Volume * Block), label, blocks);
        WriteBootRecord(image);
        Begin(image.AsSpan(Terminator * Block), 255);
        WritePaths(image);
        Span<byte> root = image.AsSpan(Root * Block);
        int at = WriteEntry(root, Root, Block, isFolder: true, "\0");
        at += WriteEntry(root[at..], Root, Block, isFolder: true, "\u0001");
        at += WriteEntry(root[at..], Data, data.Length, isFolder: false, "DATA.BIN;1");
        WriteEntry(root[at..], News, news.Length, isFolder: false, "NEWS.TXT;1");
        WriteLoader(image.AsSpan(Loader * Block));
        Encoding.ASCII.GetBytes(news, image.AsSpan(News * Block));
        data.CopyTo(image, Data * Block);
        File.WriteAllBytes(path, image);
    }

    private static void Begin(Span<byte> descriptor, byte type)
    {
        descriptor[0] = type;
        "CD001"u8.CopyTo(descriptor[1..]);
        descriptor[6] = 1;
    }

    private static void WriteVolume(Span<byte> volume, string label, int blocks)
    {
        Begin(volume, 1);
        volume[8..72].Fill((byte)' ');
        Encoding.ASCII.GetBytes(label, volume[40..]);
        Both32(volume[80..], blocks);
        Both16(volume[120..], 1);
        Both16(volume[124..], 1);
        Both16(volume[128..], Block);
        Both32(volume[132..], 10);
        BinaryPrimitives.WriteUInt32LittleEndian(volume[140..], LittlePaths);
        BinaryPrimitives.WriteUInt32BigEndian(volume[148..], BigPaths);
        WriteEntry(volume[156..], Root, Block, isFolder: true, "\0");
        volume[190..813].Fill((byte)' ');
        volume[813..881].Fill((byte)'0');
        foreach (int zone in new[] { 829, 846, 863, 880 })
        {
            volume[zone] = 0;
        }

        volume[881] = 1;
    }

    private static void WriteBootRecord(byte[] image)
    {
        Span<byte> record = image.AsSpan(BootRecord * Block);
        Begin(record, 0);
        "EL TORITO SPECIFICATION"u8.CopyTo(record[7..]);
        BinaryPrimitives.WriteUInt32LittleEndian(record[71..], Catalogue);
        Span<byte> catalogue = image.AsSpan(Catalogue * Block);

        // The validation entry, whose words add up to zero, and the default entry: bootable, no emulation, one block (four sectors of 512 bytes).
        (catalogue[0], catalogue[30], catalogue[31]) = (1, 0x55, 0xAA);
        ushort sum = 0;
        for (int i = 0; i < 32; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16LittleEndian(catalogue[i..]);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(catalogue[28..], (ushort)-sum);
        (catalogue[32], catalogue[38]) = (0x88, 4);
        BinaryPrimitives.WriteUInt32LittleEndian(catalogue[40..], Loader);
    }

    private static void WritePaths(byte[] image)
    {
        (image[LittlePaths * Block], image[LittlePaths * Block + 2], image[LittlePaths * Block + 6]) = (1, Root, 1);
        (image[BigPaths * Block], image[BigPaths * Block + 5], image[BigPaths * Block + 7]) = (1, Root, 1);
    }

    private static int WriteEntry(Span<byte> entry, int block, int length, bool isFolder, string name)
    {
        int size = (33 + name.Length + 1) & ~1;
        entry[0] = (byte)size;
        Both32(entry[2..], block);
        Both32(entry[10..], length);
        ReadOnlySpan<byte> time = [126, 11, 22, 12, 0, 0, 0];
        time.CopyTo(entry[18..]);
        entry[25] = isFolder ? (byte)2 : (byte)0;
        Both16(entry[28..], 1);
        entry[32] = (byte)name.Length;
        Encoding.ASCII.GetBytes(name, entry[33..]);
        return size;
    }

    /// <summary>The loader, at linear address 7C00h with the drive in DL.</summary>
    private static void WriteLoader(Span<byte> into)
    {
        const int print = 0x2B, packet = 0x36, greeting = 0x46;
        int failure = greeting + Greeting.Length + 1;
        byte[] code =
        [
            0x68, 0xC0, 0x07, 0x1F, 0x52, // push 07C0h; pop ds; push dx
            0xBE, greeting, 0, // mov si, greeting
            0xE8, print - 0x0B, 0, // call print
            0x5A, // pop dx
            0xBE, packet, 0, // mov si, packet
            0xB4, 0x42, 0xCD, 0x13, // mov ah, 42h; int 13h: extended read
            0xBE, (byte)failure, 0, // mov si, failure
            0x72, 0x07, // jc show
            0xB8, 0x00, 0x08, 0x8E, 0xD8, // mov ax, 0800h; mov ds, ax
            0x31, 0xF6, // xor si, si
            0xE8, print - 0x22, 0, // show: call print
            0xBA, 0xF4, 0x00, 0xB0, 0x10, 0xEE, // mov dx, 0F4h; mov al, 10h; out dx, al
            0xF4, 0xEB, 0xFD, // hlt; jmp there
            0xAC, 0x84, 0xC0, 0x74, 0x04, // print: lodsb; test al, al; jz end
            0xE6, 0xE9, 0xEB, 0xF7, // out 0E9h, al; jmp print
            0xC3, 0x90, // end: ret
            0x10, 0, 1, 0, 0, 0, 0x00, 0x08, News, 0, 0, 0, 0, 0, 0, 0, // packet: one block to 0800h:0000h
            .. Encoding.ASCII.GetBytes(Greeting), 0, .. "no block could be read"u8, 0,
        ];
        code.CopyTo(into);
    }

    private static void Both16(Span<byte> into, int value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(into, (ushort)value);
        BinaryPrimitives.WriteUInt16BigEndian(into[2..], (ushort)value);
    }

    private static void Both32(Span<byte> into, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(into, value);
        BinaryPrimitives.WriteInt32BigEndian(into[4..], value);
    }
}
