using System.Text;
using Blockwire.Testing.Raw;

namespace Blockwire.Fuzz.Tests;

/// <summary>What goes on the wire in place of a valid PDU.</summary>
/// <param name="Kind">How it was spoilt.</param>
/// <param name="Bytes">All of it.</param>
/// <param name="KeepsFraming">The bytes are whole PDUs by their own length fields, so that a peer can find the next one.</param>
public sealed record Spoilt(Mutation Kind, byte[] Bytes, bool KeepsFraming);

/// <summary>Spoils valid PDUs, drawing everything from one random source.</summary>
public sealed class Mutator(Random random)
{
    private static readonly Mutation[] Kinds = Enum.GetValues<Mutation>();
    private static readonly uint[] Extremes = [0, 1, 2, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFE, 0xFFFFFFFF, 511, 513, 65537, 0x01000000];

    // Offset and length of every field of the header but the lengths.
    private static readonly (int At, int Length)[] Fields =
        [(0, 1), (1, 1), (2, 2), (8, 8), (16, 4), (20, 4), (24, 4), (28, 4), (32, 4), (36, 4), (40, 4), (44, 4)];

    // Operation codes of disks, among them ones that this server may not have.
    private static readonly byte[] OperationCodes =
    [
        0x00, 0x03, 0x04, 0x08, 0x0A, 0x12, 0x15, 0x16, 0x17, 0x1A, 0x1B, 0x1D, 0x1E, 0x25, 0x28, 0x2A, 0x2E, 0x2F, 0x34, 0x35, 0x37, 0x3B, 0x3C,
        0x41, 0x42, 0x4D, 0x55, 0x56, 0x57, 0x5A, 0x5E, 0x5F, 0x7F, 0x83, 0x84, 0x88, 0x89, 0x8A, 0x8E, 0x8F, 0x91, 0x93, 0x9E, 0x9F, 0xA0, 0xA3,
        0xA4, 0xA8, 0xAA, 0xAE, 0xAF,
    ];

    /// <summary>A draw among all kinds.</summary>
    public Mutation NextKind() => Kinds[random.Next(Kinds.Length)];

    /// <summary>Spoils a numbered PDU. It is not changed itself.</summary>
    /// <param name="kind">How.</param>
    /// <param name="valid">What the mutation starts from.</param>
    /// <param name="misplaced">A valid PDU of another moment.</param>
    /// <param name="digests">Whether the connection carries digests; they are right unless the kind spoils them.</param>
    public Spoilt Spoil(Mutation kind, RawFrame valid, RawFrame misplaced, bool digests)
    {
        RawFrame pdu = valid.Clone();
        byte[] Wire() => pdu.ToBytes(digests, digests);
        switch (kind)
        {
            case Mutation.FlippedHeaderBits:
                byte[] before = pdu.ToBytes()[4..8];
                for (int flips = random.Next(1, 9); flips > 0; flips--)
                {
                    pdu.Header[random.Next(RawFrame.HeaderLength)] ^= (byte)(1 << random.Next(8));
                }

                pdu.KeepLengths = true;
                return new(kind, Wire(), pdu.Header.AsSpan(4, 4).SequenceEqual(before));
            case Mutation.FlippedData:
                pdu.Data = pdu.Data.Length == 0 ? RandomBytes(random.Next(1, 64)) : pdu.Data;
                for (int flips = random.Next(1, 9); flips > 0; flips--)
                {
                    pdu.Data[random.Next(pdu.Data.Length)] ^= (byte)(1 << random.Next(8));
                }

                return new(kind, Wire(), KeepsFraming: true);
            case Mutation.RandomField:
                (int at, int length) = Fields[random.Next(Fields.Length)];
                random.NextBytes(pdu.Header.AsSpan(at, length));
                return new(kind, Wire(), KeepsFraming: true);
            case Mutation.WrongLength:
                _ = pdu.ToBytes();
                pdu.KeepLengths = true;
                int[] lengths = [0, 1, 4, 47, 8191, 8193, 65537, 262145, 0x7FFFFF, 0xFFFFFF, pdu.Data.Length + random.Next(-4, 5), random.Next(1 << 24)];
                pdu.SetLengths(random.Next(4) == 0 ? random.Next(256) : pdu.Header[4], Math.Max(0, lengths[random.Next(lengths.Length)]) & 0xFFFFFF);
                return new(kind, Wire(), KeepsFraming: false);
            case Mutation.Oversized:
                pdu.Data = RandomBytes(random.Next(262145, 400000));
                return new(kind, Wire(), KeepsFraming: true);
            case Mutation.Truncated:
                byte[] whole = Wire();
                return new(kind, whole[..random.Next(1, whole.Length)], KeepsFraming: false);
            case Mutation.RandomOpcode:
                pdu.Opcode = (byte)random.Next(64);
                pdu.Immediate = random.Next(2) == 0;
                return new(kind, Wire(), KeepsFraming: true);
            case Mutation.AhsSoup:
                pdu.Ahs = RandomBytes(4 * random.Next(1, random.Next(4) == 0 ? 256 : 8));
                if (random.Next(2) == 0)
                {
                    // A known type with a length that may or may not fit: extended CDB or bidirectional length (§11.2.2).
                    (pdu.Ahs[0], pdu.Ahs[1], pdu.Ahs[2]) = (0, (byte)random.Next(pdu.Ahs.Length + 8), (byte)random.Next(1, 3));
                }

                return new(kind, Wire(), KeepsFraming: true);
            case Mutation.WrongMoment:
                pdu = misplaced;
                return new(kind, Wire(), KeepsFraming: true);
            case Mutation.WrongDigest when digests:
                if (random.Next(2) == 0 || pdu.Data.Length == 0)
                {
                    pdu.SpoilHeaderDigest = (uint)random.Next(1, int.MaxValue);
                }
                else
                {
                    pdu.SpoilDataDigest = (uint)random.Next(1, int.MaxValue);
                }

                return new(kind, Wire(), KeepsFraming: true);
            case Mutation.WrongDigest:
                return new(kind, [.. Wire(), .. RandomBytes(4)], KeepsFraming: false);
            case Mutation.ExtremeNumbers:
                for (int words = random.Next(1, 4); words > 0; words--)
                {
                    pdu[16 + (4 * random.Next(8))] = Extremes[random.Next(Extremes.Length)];
                }

                return new(kind, Wire(), KeepsFraming: true);
            case Mutation.RandomCdb:
                SpoilCdb(pdu);
                return new(kind, Wire(), KeepsFraming: true);
            case Mutation.Doubled:
                byte[] once = Wire();
                return new(kind, [.. once, .. once], KeepsFraming: true);
            case Mutation.BrokenText:
                pdu.Data = BrokenText();
                return new(kind, Wire(), KeepsFraming: true);
            default:
                return new(Mutation.Noise, RandomBytes(random.Next(1, 2000)), KeepsFraming: false);
        }
    }

    private void SpoilCdb(RawFrame pdu)
    {
        pdu.Opcode = RawOpcode.ScsiCommand;
        Span<byte> cdb = pdu.Header.AsSpan(32, 16);
        random.NextBytes(cdb);
        cdb[0] = random.Next(4) == 0 ? cdb[0] : OperationCodes[random.Next(OperationCodes.Length)];
        if (random.Next(2) == 0)
        {
            // Mostly zero fields get past the first checks.
            for (int at = 1; at < 16; at++)
            {
                cdb[at] = random.Next(5) == 0 ? cdb[at] : (byte)0;
            }
        }

        pdu.Flags = (byte)(0x80 | (random.Next(8) << 4) | random.Next(8));
        pdu.Word20 = random.Next(2) == 0 ? (uint)random.Next(1 << 20) : Extremes[random.Next(Extremes.Length)];
    }

    private byte[] BrokenText()
    {
        string[] keys =
        [
            "InitiatorName", "TargetName", "SessionType", "HeaderDigest", "DataDigest", "MaxConnections", "SendTargets", "InitialR2T", "ImmediateData",
            "MaxBurstLength", "FirstBurstLength", "ErrorRecoveryLevel", "AuthMethod", "CHAP_A", "CHAP_R", "IFMarker", "OFMarkInt", "X-new.key", "", "=",
            "MaxRecvDataSegmentLength", "TaskReporting", "iSCSIProtocolLevel", new string('k', 64), "TargetPortalGroupTag",
        ];
        string[] values =
        [
            "", "Yes", "No", "None", "CRC32C", "0", "-1", "1", "16777216", "99999999999999999999", "0xFFFFFFFF", "0b", "0bAAA", "?", "Reject", "Irrelevant",
            "NotUnderstood", "None,CRC32C,None", ",,,", new string('v', 255), new string('v', 20000), "1~2", "iqn.", "\u00ff\u0130", "=", "All",
        ];
        StringBuilder text = new();
        for (int pairs = random.Next(1, 12); pairs > 0; pairs--)
        {
            text.Append(keys[random.Next(keys.Length)]).Append(random.Next(8) == 0 ? "" : "=").Append(values[random.Next(values.Length)]);
            text.Append(random.Next(8) == 0 ? "" : "\0");
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
        return bytes.Length > 0 && random.Next(4) == 0 ? bytes[..random.Next(1, bytes.Length + 1)] : bytes;
    }

    private byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
