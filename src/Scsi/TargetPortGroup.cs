using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>Asymmetric access states (SPC-4 §6.37).</summary>
public enum AccessState : byte
{
    /// <summary>The best that there is.</summary>
    ActiveOptimized = 0,

    /// <summary>Everything works, slower.</summary>
    ActiveNonOptimized = 1,

    /// <summary>Few commands work; no access to blocks.</summary>
    Standby = 2,

    /// <summary>Fewer work.</summary>
    Unavailable = 3,

    /// <summary>Optimized for some blocks and not for others.</summary>
    LogicalBlockDependent = 4,

    /// <summary>The ports cannot be reached.</summary>
    Offline = 14,

    /// <summary>It is going from one state to another.</summary>
    Transitioning = 15,
}

/// <summary>Names of access states.</summary>
public static class AccessStates
{
    /// <summary>The state as SPC-4 spells it.</summary>
    public static string Name(AccessState state) => state switch
    {
        AccessState.ActiveOptimized => "active/optimized",
        AccessState.ActiveNonOptimized => "active/non-optimized",
        AccessState.Standby => "standby",
        AccessState.Unavailable => "unavailable",
        AccessState.LogicalBlockDependent => "logical block dependent",
        AccessState.Offline => "offline",
        AccessState.Transitioning => "transitioning",
        _ => $"in state {(byte)state:X}h",
    };
}

/// <summary>A target port group in REPORT TARGET PORT GROUPS parameter data (SPC-4 §6.37).</summary>
/// <param name="Group">TARGET PORT GROUP.</param>
/// <param name="State">Its state.</param>
/// <param name="Preferred">PREF: the target would like this group to be used.</param>
/// <param name="StatusCode">Why the state changed last; 0 when it is not known.</param>
/// <param name="RelativePorts">Its target ports.</param>
public sealed record TargetPortGroup(ushort Group, AccessState State, bool Preferred, byte StatusCode, IReadOnlyList<ushort> RelativePorts)
{
    private const int HeaderLength = 4;
    private const int DescriptorLength = 8;
    private const int PortLength = 4;
    private const byte ExtendedFormat = 0x10;

    // T_SUP, O_SUP, U_SUP, S_SUP, AN_SUP and AO_SUP: every state but that of single blocks (SPC-4 §6.37).
    private const byte SupportedStates = 0x80 | 0x40 | 0x08 | 0x04 | 0x02 | 0x01;

    /// <summary>Longest parameter data and list that are looked at, in bytes: room for 5000 groups.</summary>
    public const int MostBytes = 64 << 10;

    /// <summary>Bytes that the whole answer has; 0 when not even the header is there.</summary>
    public static uint LengthOf(ReadOnlySpan<byte> data) =>
        data.Length < HeaderLength ? 0 : (uint)Math.Min((ulong)BinaryPrimitives.ReadUInt32BigEndian(data) + HeaderLength, uint.MaxValue);

    /// <summary>Reads the groups that came whole, with either kind of header; null when there is no header.</summary>
    public static IReadOnlyList<TargetPortGroup>? ParseAll(ReadOnlySpan<byte> data)
    {
        if (data.Length < HeaderLength)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = data[HeaderLength..(int)Math.Min(LengthOf(data), (uint)data.Length)];
        // The extended header has its format type where the other one has a state that is reserved: 1 in bits 4 to 6 of its first byte.
        if (rest.Length >= HeaderLength && (rest[0] & 0x70) == 0x10)
        {
            rest = rest[HeaderLength..];
        }

        List<TargetPortGroup> groups = [];
        while (rest.Length >= DescriptorLength && rest.Length >= DescriptorLength + PortLength * rest[7])
        {
            ushort[] ports = new ushort[rest[7]];
            for (int i = 0; i < ports.Length; i++)
            {
                ports[i] = BinaryPrimitives.ReadUInt16BigEndian(rest[(DescriptorLength + PortLength * i + 2)..]);
            }

            groups.Add(new(BinaryPrimitives.ReadUInt16BigEndian(rest[2..]), (AccessState)(rest[0] & 0x0F), (rest[0] & 0x80) != 0, rest[5], ports));
            rest = rest[(DescriptorLength + PortLength * ports.Length)..];
        }

        return groups;
    }

    /// <summary>The parameter data of some groups.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="extended">With the extended header, whose implicit transition time is 0: not told.</param>
    public static byte[] ToArray(IReadOnlyList<TargetPortGroup> groups, bool extended)
    {
        int at = HeaderLength + (extended ? HeaderLength : 0);
        byte[] data = new byte[at + groups.Sum(static it => DescriptorLength + PortLength * it.RelativePorts.Count)];
        BinaryPrimitives.WriteUInt32BigEndian(data, (uint)(data.Length - HeaderLength));
        if (extended)
        {
            data[HeaderLength] = ExtendedFormat;
        }

        foreach (TargetPortGroup group in groups)
        {
            Span<byte> descriptor = data.AsSpan(at);
            descriptor[0] = (byte)((group.Preferred ? 0x80 : 0) | (byte)group.State);
            descriptor[1] = SupportedStates;
            BinaryPrimitives.WriteUInt16BigEndian(descriptor[2..], group.Group);
            descriptor[5] = group.StatusCode;
            descriptor[7] = (byte)group.RelativePorts.Count;
            at += DescriptorLength;
            foreach (ushort port in group.RelativePorts)
            {
                BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(at + 2), port);
                at += PortLength;
            }
        }

        return data;
    }

    /// <summary>The parameter list of SET TARGET PORT GROUPS (SPC-4 §6.45).</summary>
    public static byte[] ListFor(params ReadOnlySpan<(ushort Group, AccessState State)> changes)
    {
        byte[] list = new byte[HeaderLength + HeaderLength * changes.Length];
        for (int i = 0; i < changes.Length; i++)
        {
            list[HeaderLength + HeaderLength * i] = (byte)changes[i].State;
            BinaryPrimitives.WriteUInt16BigEndian(list.AsSpan(HeaderLength + HeaderLength * i + 2), changes[i].Group);
        }

        return list;
    }
}
