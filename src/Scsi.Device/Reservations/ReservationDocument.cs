using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Reservations;

/// <summary>The registrations and the reservation of a unit as the document that outlives a loss of power (SPC-4 §5.13.5).</summary>
internal static class ReservationDocument
{
    /// <summary>Name of the document.</summary>
    public const string Name = "reservations";

    private const int Form = 1;
    private const string FormName = "blockwireReservations", TypeName = "type", HolderName = "holder", RegistrationsName = "registrations";
    private const string KeyName = "key", InitiatorPortName = "initiatorPort", TargetPortName = "targetPort";

    /// <summary>The document.</summary>
    public static byte[] Write(ReservationState state)
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes, new() { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber(FormName, Form);
            json.WriteNumber(TypeName, (byte)state.Type);
            if (state.Holder is { } holder)
            {
                json.WriteStartObject(HolderName);
                WriteNexus(json, holder);
                json.WriteEndObject();
            }

            json.WriteStartArray(RegistrationsName);
            foreach (Registration registration in state.Registrations)
            {
                json.WriteStartObject();
                json.WriteString(KeyName, registration.Key.ToString("x16", CultureInfo.InvariantCulture));
                WriteNexus(json, registration.Nexus);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Reads a document.</summary>
    /// <exception cref="UnitStateException">It is no such document, or says what cannot be.</exception>
    public static ReservationState Read(ReadOnlyMemory<byte> document)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(document);
            JsonElement root = json.RootElement;
            if (root.GetProperty(FormName).GetInt32() != Form)
            {
                throw new FormatException("it is of another version");
            }

            Registration[] registrations = [.. root.GetProperty(RegistrationsName).EnumerateArray().Select(ReadRegistration)];
            ReservationState state = new()
            {
                PersistsThroughPowerLoss = registrations.Length > 0,
                Registrations = [.. registrations],
                Type = (ReservationType)root.GetProperty(TypeName).GetByte(),
                Holder = root.TryGetProperty(HolderName, out JsonElement holder) ? ReadNexus(holder) : null,
            };
            Check(state);
            return state;
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new UnitStateException(
                $"the document '{Name}' that the disk keeps is not one of persistent reservations ({failure.Message}); delete it to begin without any", failure);
        }
    }

    private static void WriteNexus(Utf8JsonWriter json, NexusName nexus)
    {
        json.WriteString(InitiatorPortName, nexus.InitiatorPort);
        json.WriteNumber(TargetPortName, nexus.TargetPort);
    }

    private static Registration ReadRegistration(JsonElement element) => new(
        ReadNexus(element), ulong.Parse(element.GetProperty(KeyName).GetString()!, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));

    private static NexusName ReadNexus(JsonElement element) =>
        new(element.GetProperty(InitiatorPortName).GetString() ?? throw new FormatException("a name is missing"), element.GetProperty(TargetPortName).GetUInt16());

    private static void Check(ReservationState state)
    {
        bool holds = state.Type == ReservationType.None ? state.Holder is null
            : state.AllRegistrantsHold ? state.Holder is null && !state.Registrations.IsEmpty
            : state.Holder is { } holder && state.KeyOf(holder) is not null;
        if (!holds || !Enum.IsDefined(state.Type) || state.Registrations.Length > ReservationState.MostRegistrations
            || state.Registrations.Any(static it => it.Key == 0) || state.Registrations.DistinctBy(static it => it.Nexus).Count() != state.Registrations.Length)
        {
            throw new FormatException("what it says cannot be");
        }
    }
}
