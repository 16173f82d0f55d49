"""APIs: serializers, views, viewsets and routers, with Django REST framework's documented API in both colours.

The room's map; each module is a door of its own, and its names are here, too (`rest.ModelViewSet`):

- `request`, `response`, `views`, `decorators`: what a handler gets and returns, `APIView`, `@api_view`
- `negotiation`, `parsers`, `renderers`: media types in and out; `_browsable*`: the pages for people
- `authentication`, `permissions`, `throttling`: who asks, whether they may, how often; `_scoping`: `visible_to(user)`
- `generics`, `mixins`, `viewsets`, `routers`, `urlpatterns`, `reverse`: views of querysets, and their addresses
- `pagination`, `filters`, `versioning`, `metadata`: pages, narrowing, versions, OPTIONS
- `serializers`, `fields`, `relations`, `validators`: data in and out
- `schemas`: OpenAPI; `settings`: REST_FRAMEWORK; `exceptions`, `status`; `models`: tokens
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from manoir.exceptions import nearest

if TYPE_CHECKING:
    from manoir.rest import authentication as authentication
    from manoir.rest import authtoken as authtoken
    from manoir.rest import decorators as decorators
    from manoir.rest import exceptions as exceptions
    from manoir.rest import fields as fields
    from manoir.rest import filters as filters
    from manoir.rest import generics as generics
    from manoir.rest import metadata as metadata
    from manoir.rest import mixins as mixins
    from manoir.rest import negotiation as negotiation
    from manoir.rest import pagination as pagination
    from manoir.rest import parsers as parsers
    from manoir.rest import permissions as permissions
    from manoir.rest import relations as relations
    from manoir.rest import renderers as renderers
    from manoir.rest import request as request
    from manoir.rest import response as response
    from manoir.rest import reverse as reverse
    from manoir.rest import routers as routers
    from manoir.rest import schemas as schemas
    from manoir.rest import serializers as serializers
    from manoir.rest import settings as settings
    from manoir.rest import status as status
    from manoir.rest import throttling as throttling
    from manoir.rest import urlpatterns as urlpatterns
    from manoir.rest import validators as validators
    from manoir.rest import versioning as versioning
    from manoir.rest import views as views
    from manoir.rest import viewsets as viewsets
    from manoir.rest.authentication import (
        BaseAuthentication,
        BasicAuthentication,
        RemoteUserAuthentication,
        SessionAuthentication,
        TokenAuthentication,
    )
    from manoir.rest.decorators import (
        action,
        api_view,
    )
    from manoir.rest.exceptions import (
        APIException,
        AuthenticationFailed,
        Conflict,
        ErrorDetail,
        MethodNotAllowed,
        NotAcceptable,
        NotAuthenticated,
        NotFound,
        ParseError,
        PermissionDenied,
        Throttled,
        UnsupportedMediaType,
        ValidationError,
    )
    from manoir.rest.filters import (
        BaseFilterBackend,
        DjangoFilterBackend,
        FilterSet,
        OrderingFilter,
        SearchFilter,
    )
    from manoir.rest.generics import (
        CreateAPIView,
        DestroyAPIView,
        GenericAPIView,
        ListAPIView,
        ListCreateAPIView,
        RetrieveAPIView,
        RetrieveDestroyAPIView,
        RetrieveUpdateAPIView,
        RetrieveUpdateDestroyAPIView,
        UpdateAPIView,
    )
    from manoir.rest.metadata import (
        BaseMetadata,
        SimpleMetadata,
    )
    from manoir.rest.mixins import (
        CreateModelMixin,
        DestroyModelMixin,
        ListModelMixin,
        RetrieveModelMixin,
        UpdateModelMixin,
    )
    from manoir.rest.models import Token
    from manoir.rest.negotiation import (
        BaseContentNegotiation,
        DefaultContentNegotiation,
    )
    from manoir.rest.pagination import (
        BasePagination,
        CursorPagination,
        LimitOffsetPagination,
        PageNumberPagination,
    )
    from manoir.rest.parsers import (
        BaseParser,
        FileUploadParser,
        FormParser,
        JSONParser,
        MultiPartParser,
    )
    from manoir.rest.permissions import (
        AllowAny,
        BasePermission,
        DjangoModelPermissions,
        DjangoModelPermissionsOrAnonReadOnly,
        DjangoObjectPermissions,
        IsAdminUser,
        IsAuthenticated,
        IsAuthenticatedOrReadOnly,
    )
    from manoir.rest.renderers import (
        BaseRenderer,
        BrowsableAPIRenderer,
        JSONRenderer,
        MultiPartRenderer,
        StaticHTMLRenderer,
        TemplateHTMLRenderer,
    )
    from manoir.rest.request import (
        Request,
    )
    from manoir.rest.response import (
        Response,
    )
    from manoir.rest.routers import (
        DefaultRouter,
        SimpleRouter,
    )
    from manoir.rest.schemas import (
        AutoSchema,
        OpenAPIRenderer,
        SchemaGenerator,
        SchemaView,
        get_schema_view,
        operation,
    )
    from manoir.rest.serializers import (
        BaseSerializer,
        BigIntegerField,
        BooleanField,
        CharField,
        ChoiceField,
        CreateOnlyDefault,
        CurrentUserDefault,
        DateField,
        DateTimeField,
        DecimalField,
        DictField,
        DurationField,
        EmailField,
        Field,
        FileField,
        FilePathField,
        FloatField,
        HiddenField,
        HStoreField,
        Hyperlink,
        HyperlinkedIdentityField,
        HyperlinkedModelSerializer,
        HyperlinkedRelatedField,
        ImageField,
        IntegerField,
        IPAddressField,
        JSONField,
        ListField,
        ListSerializer,
        ManyRelatedField,
        ModelField,
        ModelSerializer,
        MultipleChoiceField,
        PKOnlyObject,
        PrimaryKeyRelatedField,
        ReadOnlyField,
        RegexField,
        RelatedField,
        Serializer,
        SerializerMethodField,
        SlugField,
        SlugRelatedField,
        StringRelatedField,
        TimeField,
        UniqueForDateValidator,
        UniqueForMonthValidator,
        UniqueForYearValidator,
        UniqueTogetherValidator,
        UniqueValidator,
        URLField,
        UUIDField,
    )
    from manoir.rest.throttling import (
        AnonRateThrottle,
        BaseThrottle,
        ScopedRateThrottle,
        SimpleRateThrottle,
        UserRateThrottle,
    )
    from manoir.rest.validators import (
        ConstraintValidator,
    )
    from manoir.rest.versioning import (
        AcceptHeaderVersioning,
        BaseVersioning,
        HostNameVersioning,
        NamespaceVersioning,
        QueryParameterVersioning,
        URLPathVersioning,
    )
    from manoir.rest.views import (
        APIView,
    )
    from manoir.rest.viewsets import (
        GenericViewSet,
        ModelViewSet,
        ReadOnlyModelViewSet,
        ViewSet,
        ViewSetMixin,
    )

_MODULES = {
    "authentication": (
        "BaseAuthentication BasicAuthentication RemoteUserAuthentication SessionAuthentication TokenAuthentication"
    ),
    "decorators": ("action api_view"),
    "exceptions": (
        "APIException AuthenticationFailed Conflict ErrorDetail MethodNotAllowed NotAcceptable "
        "NotAuthenticated NotFound ParseError PermissionDenied Throttled UnsupportedMediaType ValidationError"
    ),
    "filters": ("BaseFilterBackend DjangoFilterBackend FilterSet OrderingFilter SearchFilter"),
    "generics": (
        "CreateAPIView DestroyAPIView GenericAPIView ListAPIView ListCreateAPIView RetrieveAPIView "
        "RetrieveDestroyAPIView RetrieveUpdateAPIView RetrieveUpdateDestroyAPIView UpdateAPIView"
    ),
    "metadata": ("BaseMetadata SimpleMetadata"),
    "mixins": ("CreateModelMixin DestroyModelMixin ListModelMixin RetrieveModelMixin UpdateModelMixin"),
    "models": ("Token"),
    "negotiation": ("BaseContentNegotiation DefaultContentNegotiation"),
    "pagination": ("BasePagination CursorPagination LimitOffsetPagination PageNumberPagination"),
    "parsers": ("BaseParser FileUploadParser FormParser JSONParser MultiPartParser"),
    "permissions": (
        "AllowAny BasePermission DjangoModelPermissions DjangoModelPermissionsOrAnonReadOnly "
        "DjangoObjectPermissions IsAdminUser IsAuthenticated IsAuthenticatedOrReadOnly"
    ),
    "renderers": (
        "BaseRenderer BrowsableAPIRenderer JSONRenderer MultiPartRenderer StaticHTMLRenderer TemplateHTMLRenderer"
    ),
    "request": ("Request"),
    "response": ("Response"),
    "routers": ("DefaultRouter SimpleRouter"),
    "schemas": ("AutoSchema OpenAPIRenderer SchemaGenerator SchemaView get_schema_view operation"),
    "serializers": (
        "BaseSerializer BigIntegerField BooleanField CharField ChoiceField CreateOnlyDefault CurrentUserDefault DateField "
        "DateTimeField DecimalField DictField DurationField EmailField Field FileField FilePathField "
        "FloatField HStoreField HiddenField Hyperlink HyperlinkedIdentityField HyperlinkedModelSerializer "
        "HyperlinkedRelatedField IPAddressField ImageField IntegerField JSONField ListField "
        "ListSerializer ManyRelatedField ModelField ModelSerializer MultipleChoiceField PKOnlyObject "
        "PrimaryKeyRelatedField ReadOnlyField RegexField RelatedField Serializer SerializerMethodField "
        "SlugField SlugRelatedField StringRelatedField TimeField URLField UUIDField "
        "UniqueForDateValidator UniqueForMonthValidator UniqueForYearValidator UniqueTogetherValidator "
        "UniqueValidator"
    ),
    "throttling": ("AnonRateThrottle BaseThrottle ScopedRateThrottle SimpleRateThrottle UserRateThrottle"),
    "validators": ("ConstraintValidator"),
    "versioning": (
        "AcceptHeaderVersioning BaseVersioning HostNameVersioning NamespaceVersioning "
        "QueryParameterVersioning URLPathVersioning"
    ),
    "views": ("APIView"),
    "viewsets": ("GenericViewSet ModelViewSet ReadOnlyModelViewSet ViewSet ViewSetMixin"),
}
_DOORS = frozenset(
    [
        "authentication",
        "authtoken",
        "decorators",
        "exceptions",
        "fields",
        "filters",
        "generics",
        "metadata",
        "mixins",
        "negotiation",
        "pagination",
        "parsers",
        "permissions",
        "relations",
        "renderers",
        "request",
        "response",
        "reverse",
        "routers",
        "schemas",
        "serializers",
        "settings",
        "status",
        "throttling",
        "urlpatterns",
        "validators",
        "versioning",
        "views",
        "viewsets",
    ]
)
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = [
    "APIException",
    "APIView",
    "AcceptHeaderVersioning",
    "AllowAny",
    "AnonRateThrottle",
    "AuthenticationFailed",
    "AutoSchema",
    "BaseAuthentication",
    "BaseContentNegotiation",
    "BaseFilterBackend",
    "BaseMetadata",
    "BasePagination",
    "BaseParser",
    "BasePermission",
    "BaseRenderer",
    "BaseSerializer",
    "BaseThrottle",
    "BaseVersioning",
    "BasicAuthentication",
    "BigIntegerField",
    "BooleanField",
    "BrowsableAPIRenderer",
    "CharField",
    "ChoiceField",
    "Conflict",
    "ConstraintValidator",
    "CreateAPIView",
    "CreateModelMixin",
    "CreateOnlyDefault",
    "CurrentUserDefault",
    "CursorPagination",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "DefaultContentNegotiation",
    "DefaultRouter",
    "DestroyAPIView",
    "DestroyModelMixin",
    "DictField",
    "DjangoFilterBackend",
    "DjangoModelPermissions",
    "DjangoModelPermissionsOrAnonReadOnly",
    "DjangoObjectPermissions",
    "DurationField",
    "EmailField",
    "ErrorDetail",
    "Field",
    "FileField",
    "FilePathField",
    "FileUploadParser",
    "FilterSet",
    "FloatField",
    "FormParser",
    "GenericAPIView",
    "GenericViewSet",
    "HStoreField",
    "HiddenField",
    "HostNameVersioning",
    "Hyperlink",
    "HyperlinkedIdentityField",
    "HyperlinkedModelSerializer",
    "HyperlinkedRelatedField",
    "IPAddressField",
    "ImageField",
    "IntegerField",
    "IsAdminUser",
    "IsAuthenticated",
    "IsAuthenticatedOrReadOnly",
    "JSONField",
    "JSONParser",
    "JSONRenderer",
    "LimitOffsetPagination",
    "ListAPIView",
    "ListCreateAPIView",
    "ListField",
    "ListModelMixin",
    "ListSerializer",
    "ManyRelatedField",
    "MethodNotAllowed",
    "ModelField",
    "ModelSerializer",
    "ModelViewSet",
    "MultiPartParser",
    "MultiPartRenderer",
    "MultipleChoiceField",
    "NamespaceVersioning",
    "NotAcceptable",
    "NotAuthenticated",
    "NotFound",
    "OpenAPIRenderer",
    "OrderingFilter",
    "PKOnlyObject",
    "PageNumberPagination",
    "ParseError",
    "PermissionDenied",
    "PrimaryKeyRelatedField",
    "QueryParameterVersioning",
    "ReadOnlyField",
    "ReadOnlyModelViewSet",
    "RegexField",
    "RelatedField",
    "RemoteUserAuthentication",
    "Request",
    "Response",
    "RetrieveAPIView",
    "RetrieveDestroyAPIView",
    "RetrieveModelMixin",
    "RetrieveUpdateAPIView",
    "RetrieveUpdateDestroyAPIView",
    "SchemaGenerator",
    "SchemaView",
    "ScopedRateThrottle",
    "SearchFilter",
    "Serializer",
    "SerializerMethodField",
    "SessionAuthentication",
    "SimpleMetadata",
    "SimpleRateThrottle",
    "SimpleRouter",
    "SlugField",
    "SlugRelatedField",
    "StaticHTMLRenderer",
    "StringRelatedField",
    "TemplateHTMLRenderer",
    "Throttled",
    "TimeField",
    "Token",
    "TokenAuthentication",
    "URLField",
    "URLPathVersioning",
    "UUIDField",
    "UniqueForDateValidator",
    "UniqueForMonthValidator",
    "UniqueForYearValidator",
    "UniqueTogetherValidator",
    "UniqueValidator",
    "UnsupportedMediaType",
    "UpdateAPIView",
    "UpdateModelMixin",
    "UserRateThrottle",
    "ValidationError",
    "ViewSet",
    "ViewSetMixin",
    "action",
    "api_view",
    "get_schema_view",
    "operation",
]


# An app's package is imported at start, before the models of others: its names load when they are first asked for.
def __getattr__(name: str) -> Any:
    if name in _DOORS:
        return import_module(f"manoir.rest.{name}")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'manoir.rest' has no attribute {name!r}.{nearest(name, [*_HOMES, *_DOORS])}")
    value = getattr(import_module(f"manoir.rest.{home}"), name)
    globals()[name] = value
    return value
