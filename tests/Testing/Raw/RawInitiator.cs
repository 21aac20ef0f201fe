using System.Net;
using System.Text;

namespace Blockwire.Testing.Raw;

/// <summary>
/// The least of an initiator: one connection of a session, built by hand so that it shares no code and no mistake with the product. It
/// numbers its requests, answers R2Ts and nothing more; tests that want to break a rule use <see cref="Connection"/>. The connections of one
/// session have their task tags and command numbers in common.
/// </summary>
public sealed class RawInitiator : IDisposable
{
    private readonly SessionNumbers _session;

    private RawInitiator(RawConnection connection, SessionNumbers session)
    {
        Connection = connection;
        _session = session;
    }

    public RawConnection Connection { get; }

    /// <summary>CmdSN of the next command that is not immediate, on whichever connection of the session.</summary>
    public uint CmdSn
    {
        get => _session.CmdSn;
        set => _session.CmdSn = value;
    }

    /// <summary>StatSN that is expected next.</summary>
    public uint ExpStatSn { get; set; }

    /// <summary>MaxCmdSN as last heard.</summary>
    public uint MaxCmdSn { get; private set; }

    public ushort Tsih { get; private set; }

    /// <summary>The keys of the target's login responses.</summary>
    public Dictionary<string, string> Answers { get; } = new(StringComparer.Ordinal);

    /// <summary>Largest data segment that the target declared; 8192 until it does.</summary>
    public int TargetMaxRecvDataSegmentLength =>
        Answers.TryGetValue("MaxRecvDataSegmentLength", out string? value) ? int.Parse(value) : 8192;

    public static async Task<RawInitiator> ConnectAsync(IPEndPoint portal) => new(await RawConnection.OpenAsync(portal), new SessionNumbers());

    /// <summary>Another connection of this session, not logged in yet.</summary>
    public async Task<RawInitiator> ConnectAnotherAsync(IPEndPoint portal) => new(await RawConnection.OpenAsync(portal), _session) { Tsih = Tsih };

    /// <summary>Connects and logs in.</summary>
    /// <exception cref="InvalidDataException">The target refused.</exception>
    public static async Task<RawInitiator> LogInAsync(IPEndPoint portal, RawLogin login)
    {
        RawInitiator initiator = await ConnectAsync(portal);
        try
        {
            RawFrame answer = await initiator.LogInAsync(login);
            return answer[36] >> 16 == 0 ? initiator : throw new InvalidDataException($"login refused: status {answer[36] >> 16:X4}");
        }
        catch
        {
            initiator.Dispose();
            throw;
        }
    }

    public uint NewTag() => _session.NextTag++;

    /// <summary>One login request straight to the full feature phase, and its response.</summary>
    public async Task<RawFrame> LogInAsync(RawLogin login)
    {
        await SendAsync(login.ToPdu(NewTag()));
        RawFrame answer = await ExpectAsync(RawOpcode.LoginResponse);
        Tsih = (ushort)answer.Lun;
        foreach (string pair in Encoding.UTF8.GetString(answer.Data).Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] halves = pair.Split('=', 2);
            Answers[halves[0]] = halves.Length == 2 ? halves[1] : string.Empty;
        }

        if (answer[36] >> 16 == 0)
        {
            Connection.HeaderDigest = Answers.GetValueOrDefault("HeaderDigest") == "CRC32C";
            Connection.DataDigest = Answers.GetValueOrDefault("DataDigest") == "CRC32C";
        }

        return answer;
    }

    /// <summary>Gives the request its numbers.</summary>
    public RawFrame Number(RawFrame pdu)
    {
        if (pdu.Opcode is not (RawOpcode.DataOut or RawOpcode.Snack))
        {
            pdu[24] = CmdSn;
            if (!pdu.Immediate)
            {
                CmdSn++;
            }
        }

        pdu[28] = ExpStatSn;
        return pdu;
    }

    public Task SendAsync(RawFrame pdu) => Connection.SendAsync(Number(pdu));

    /// <summary>The next PDU, its numbers noted; null at the end of the connection.</summary>
    public async Task<RawFrame?> ReceiveAsync(TimeSpan? limit = null)
    {
        RawFrame? pdu = await Connection.ReceiveAsync(limit);
        if (pdu is not null)
        {
            Note(pdu);
        }

        return pdu;
    }

    /// <summary>The next PDU, which must have this opcode.</summary>
    public async Task<RawFrame> ExpectAsync(byte opcode, TimeSpan? limit = null)
    {
        RawFrame pdu = await ReceiveAsync(limit) ?? throw new InvalidDataException($"the target closed; opcode {opcode:X2} was expected");
        return pdu.Opcode == opcode ? pdu : throw new InvalidDataException($"opcode {opcode:X2} was expected, not {pdu}");
    }

    /// <summary>The next PDU but for NOP-Ins that ask for nothing and only tell that the window has opened; it must have this opcode.</summary>
    public async Task<RawFrame> ExpectAfterWindowAsync(byte opcode)
    {
        while (true)
        {
            RawFrame pdu = await ReceiveAsync() ?? throw new InvalidDataException($"the target closed; opcode {opcode:X2} was expected");
            if (pdu is not { Opcode: RawOpcode.NopIn, InitiatorTaskTag: RawFrames.ReservedTag, Word20: RawFrames.ReservedTag })
            {
                return pdu.Opcode == opcode ? pdu : throw new InvalidDataException($"opcode {opcode:X2} was expected, not {pdu}");
            }
        }
    }

    /// <summary>Pings with an immediate NOP-Out and returns what is echoed.</summary>
    public async Task<byte[]> PingAsync(params byte[] data)
    {
        uint tag = NewTag();
        await SendAsync(RawFrames.NopOut(tag, data));
        RawFrame answer = await ExpectAfterWindowAsync(RawOpcode.NopIn);
        return answer.InitiatorTaskTag == tag ? answer.Data : throw new InvalidDataException($"another ping's answer: {answer}");
    }

    /// <summary>Runs a SCSI command to its end.</summary>
    /// <param name="lun">LUN number below 256.</param>
    /// <param name="cdb">The CDB.</param>
    /// <param name="expectedIn">Bytes to read.</param>
    /// <param name="dataOut">Bytes to write; all are sent on the target's request (R2T).</param>
    public async Task<RawScsiResult> CommandAsync(int lun, byte[] cdb, int expectedIn = 0, byte[]? dataOut = null)
    {
        uint tag = NewTag();
        dataOut ??= [];
        await SendAsync(RawFrames.ScsiCommand(lun, tag, (uint)expectedIn, (uint)dataOut.Length, cdb));
        byte[] dataIn = new byte[expectedIn];
        int received = 0;
        while (true)
        {
            RawFrame pdu = await ReceiveAsync() ?? throw new InvalidDataException("the target closed inside a command");
            switch (pdu.Opcode)
            {
                case RawOpcode.DataIn when pdu.InitiatorTaskTag == tag:
                    pdu.Data.CopyTo(dataIn, (int)pdu[40]);
                    received += pdu.Data.Length;
                    if ((pdu.Flags & 1) != 0)
                    {
                        return new(pdu.Byte3, [], dataIn[..received]) { Residual = ResidualOf(pdu) };
                    }

                    break;
                case RawOpcode.ReadyToTransfer when pdu.InitiatorTaskTag == tag:
                    await AnswerAsync(lun, pdu, dataOut);
                    break;
                case RawOpcode.ScsiResponse when pdu.InitiatorTaskTag == tag && pdu.Byte2 == 0:
                    return new(pdu.Byte3, pdu.Data.Length > 2 ? pdu.Data[2..] : [], dataIn[..received]) { Residual = ResidualOf(pdu) };
                case RawOpcode.NopIn when pdu.InitiatorTaskTag == RawFrames.ReservedTag:
                    await AnswerPingAsync(pdu);
                    break;
                default:
                    throw new InvalidDataException($"unexpected {pdu}");
            }
        }
    }

    /// <summary>As <see cref="CommandAsync"/>, again while the target reports a unit attention.</summary>
    public async Task<RawScsiResult> CommandAfterAttentionsAsync(int lun, byte[] cdb, int expectedIn = 0, byte[]? dataOut = null)
    {
        for (int tries = 0; ; tries++)
        {
            RawScsiResult result = await CommandAsync(lun, cdb, expectedIn, dataOut);
            if (result.SenseKey != RawScsiResult.UnitAttention || tries == 10)
            {
                return result;
            }
        }
    }

    /// <summary>Closes the session and waits for the target's end of the connection.</summary>
    public async Task LogOutAsync()
    {
        await SendAsync(RawFrames.Logout(0, NewTag(), 0));
        RawFrame answer = await ExpectAsync(RawOpcode.LogoutResponse);
        if (answer.Byte2 != 0)
        {
            throw new InvalidDataException($"logout refused: {answer.Byte2}");
        }

        if (await ReceiveAsync() is { } more)
        {
            throw new InvalidDataException($"after the logout response: {more}");
        }
    }

    public void Dispose() => Connection.Dispose();

    private void Note(RawFrame pdu)
    {
        // An R2T and a Data-In without status carry StatSN but do not count (§11.8.3, §11.7.3); a NOP-In with the reserved tag neither (§11.19.2).
        bool counts = pdu.Opcode switch
        {
            RawOpcode.ReadyToTransfer => false,
            RawOpcode.DataIn => (pdu.Flags & 1) != 0,
            RawOpcode.NopIn => pdu.InitiatorTaskTag != RawFrames.ReservedTag,
            _ => true,
        };
        if (counts)
        {
            ExpStatSn = pdu[24] + 1;
        }

        MaxCmdSn = pdu[32];
    }

    private async Task AnswerAsync(int lun, RawFrame r2t, byte[] dataOut)
    {
        int offset = (int)r2t[40], end = offset + (int)r2t[44];
        for (uint dataSn = 0; offset < end; dataSn++)
        {
            int length = Math.Min(end - offset, TargetMaxRecvDataSegmentLength);
            byte[] piece = dataOut[offset..(offset + length)];
            await SendAsync(RawFrames.DataOut(lun, r2t.InitiatorTaskTag, r2t.Word20, dataSn, (uint)offset, offset + length == end, piece));
            offset += length;
        }
    }

    // O and U of a SCSI Response, or of the last Data-In (RFC 7143 §11.4.5, §11.7.5).
    private static long ResidualOf(RawFrame pdu)
    {
        const int overflow = 0x04, underflow = 0x02, residualAt = 44;
        return (pdu.Flags & overflow) != 0 ? -(long)pdu[residualAt] : (pdu.Flags & underflow) != 0 ? pdu[residualAt] : 0;
    }

    private Task AnswerPingAsync(RawFrame ping)
    {
        RawFrame answer = RawFrames.NopOut(RawFrames.ReservedTag);
        answer.Word20 = ping.Word20;
        answer.Lun = ping.Lun;
        return SendAsync(answer);
    }

    private sealed class SessionNumbers
    {
        public uint CmdSn { get; set; } = 1;

        public uint NextTag { get; set; } = 1;
    }
}
