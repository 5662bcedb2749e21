//! Which distribution brings which Python module, where the names differ; and which are well known at all.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Module and distribution, for those whose names differ by more than case and `_` for `-`.
const ODD: &str = "\
attr=attrs bs4=beautifulsoup4 cv2=opencv-python dotenv=python-dotenv jwt=pyjwt yaml=pyyaml PIL=pillow \
sklearn=scikit-learn skimage=scikit-image psycopg2=psycopg2-binary jose=python-jose multipart=python-multipart \
python_multipart=python-multipart dateutil=python-dateutil slugify=python-slugify magic=python-magic docx=python-docx \
pptx=python-pptx Crypto=pycryptodome Cryptodome=pycryptodomex OpenSSL=pyopenssl nacl=pynacl MySQLdb=mysqlclient \
mysql=mysql-connector-python bson=pymongo gridfs=pymongo serial=pyserial usb=pyusb zmq=pyzmq git=gitpython \
github=pygithub gitlab=python-gitlab telegram=python-telegram-bot discord=discord-py fitz=pymupdf lxml=lxml \
rest_framework=djangorestframework rest_framework_simplejwt=djangorestframework-simplejwt \
corsheaders=django-cors-headers debug_toolbar=django-debug-toolbar environ=django-environ \
django_filters=django-filter allauth=django-allauth crispy_forms=django-crispy-forms storages=django-storages \
drf_spectacular=drf-spectacular channels=channels socketio=python-socketio engineio=python-engineio \
flask_cors=flask-cors flask_sqlalchemy=flask-sqlalchemy flask_migrate=flask-migrate flask_login=flask-login \
flask_jwt_extended=flask-jwt-extended decouple=python-decouple pkg_resources=setuptools setuptools=setuptools \
google_auth_oauthlib=google-auth-oauthlib pythonjsonlogger=python-json-logger jsonschema=jsonschema \
websocket=websocket-client markdown=markdown Levenshtein=python-levenshtein ldap=python-ldap ldap3=ldap3 \
pydantic_settings=pydantic-settings email_validator=email-validator sqlalchemy_utils=sqlalchemy-utils \
ruamel=ruamel-yaml tlz=toolz umap=umap-learn faiss=faiss-cpu dns=dnspython netaddr=netaddr consul=python-consul \
kafka=kafka-python confluent_kafka=confluent-kafka pymysql=pymysql memcache=python-memcached \
cassandra=cassandra-driver neo4j=neo4j tensorflow=tensorflow torch=torch torchvision=torchvision \
sentence_transformers=sentence-transformers huggingface_hub=huggingface-hub stripe=stripe sendgrid=sendgrid \
twilio=twilio prometheus_client=prometheus-client prometheus_fastapi_instrumentator=prometheus-fastapi-instrumentator \
sentry_sdk=sentry-sdk sse_starlette=sse-starlette fastapi_users=fastapi-users starlette=starlette \
grpc=grpcio grpc_status=grpcio-status google=protobuf win32api=pywin32 win32con=pywin32 wx=wxpython gi=pygobject \
Xlib=python-xlib barcode=python-barcode pyximport=cython Cython=cython nmap=python-nmap ics=ics vobject=vobject \
daemon=python-daemon snappy=python-snappy lz4=lz4 zstd=zstd pwdlib=pwdlib argon2=argon2-cffi \
dotmap=dotmap box=python-box unidiff=unidiff editor=python-editor ulid=python-ulid keycloak=python-keycloak \
jinja2=jinja2 markupsafe=markupsafe werkzeug=werkzeug OpenGL=pyopengl pika=pika aio_pika=aio-pika \
async_timeout=async-timeout typing_extensions=typing-extensions mypy_boto3=boto3-stubs MeCab=mecab-python3 \
apscheduler=apscheduler webdriver_manager=webdriver-manager undetected_chromedriver=undetected-chromedriver \
psycopg=psycopg pgvector=pgvector tortoise=tortoise-orm peewee=peewee pony=pony playhouse=peewee \
mongoengine=mongoengine flask_restful=flask-restful flask_socketio=flask-socketio flask_wtf=flask-wtf wtforms=wtforms \
langchain_openai=langchain-openai langchain_core=langchain-core langchain_community=langchain-community";

/// Distributions whose module has the same name, `-` being `_`.
const PLAIN: &str = "\
aiofiles aiohttp aiosqlite alembic altair anthropic anyio arq asgiref asyncpg authlib babel bcrypt black blinker bokeh \
boto3 botocore bottle cachetools celery certifi charset-normalizer cherrypy click colorama coverage cryptography \
daphne databases deepdiff django dramatiq duckdb elasticsearch emoji factory-boy faker falcon fakeredis fastapi \
feedparser flask freezegun frozendict gensim gevent greenlet gunicorn h11 h2 httptools httpx huey hypercorn hypothesis \
idna invoke isodate itsdangerous joblib jsonpatch keras kombu langchain litestar llvmlite locust loguru mako marshmallow \
matplotlib minio mongoengine more-itertools moto motor msgpack mypy mysqlclient networkx ninja nltk numba numpy oauthlib \
openai openpyxl orjson packaging pandas paramiko passlib pathspec pendulum pexpect phonenumbers pillow pip playwright \
plotly pluggy polars psutil pyarrow pyasn1 pycparser pycountry pydantic pydantic-core pygments pymongo pymysql pyotp \
pyparsing pyramid pytest python-multipart pytz qrcode quart rapidfuzz redis regex requests requests-oauthlib respx rich \
rq ruff s3fs sanic scipy scrapy seaborn selenium shapely simplejson six sniffio spacy sqlalchemy sqlmodel \
sqlparse starlette streamlit structlog sympy tabulate tenacity termcolor tiktoken tokenizers toml tomli tomlkit tornado \
tox tqdm transformers trio typer tzdata tzlocal ujson uvicorn uvloop urllib3 validators watchdog watchfiles \
webargs websockets whitenoise wheel wrapt xlrd xlsxwriter xmltodict yarl zeep zipp zope";

/// Modules that many distributions share a part of: which one is meant cannot be told from the name.
const SHARED: &[&str] =
    &["google", "azure", "opentelemetry", "zope", "sphinxcontrib", "backports", "airflow", "ruamel"];

/// What well-known distributions bring along and people import without declaring it.
const BRINGS: &[(&str, &str)] = &[
    ("aiohttp", "yarl multidict attrs frozenlist aiosignal"),
    ("alembic", "sqlalchemy mako typing-extensions"),
    ("boto3", "botocore s3transfer python-dateutil jmespath urllib3"),
    ("celery", "kombu billiard vine click amqp"),
    ("django", "asgiref sqlparse"),
    ("djangorestframework", "django"),
    ("dnspython", ""),
    ("fastapi", "starlette pydantic pydantic-core anyio typing-extensions annotated-types sniffio idna"),
    ("fastapi-users", "fastapi starlette pydantic pyjwt pwdlib email-validator python-multipart"),
    ("flask", "werkzeug jinja2 click itsdangerous markupsafe blinker"),
    ("flask-sqlalchemy", "flask sqlalchemy"),
    ("flask-migrate", "flask flask-sqlalchemy alembic"),
    ("google-cloud-storage", "google-auth requests"),
    ("httpx", "httpcore anyio certifi idna h11 sniffio"),
    ("jinja2", "markupsafe"),
    ("langchain", "pydantic langchain-core langchain-community requests sqlalchemy numpy pyyaml tenacity"),
    ("litestar", "httpx anyio msgspec multidict pyyaml click rich"),
    ("matplotlib", "numpy pillow packaging python-dateutil"),
    ("motor", "pymongo"),
    ("openai", "httpx pydantic anyio tqdm typing-extensions distro"),
    ("pandas", "numpy python-dateutil pytz tzdata"),
    ("pydantic", "pydantic-core typing-extensions annotated-types"),
    ("pydantic-settings", "pydantic python-dotenv"),
    ("pyjwt", ""),
    ("pytest", "pluggy packaging iniconfig"),
    ("requests", "urllib3 certifi idna charset-normalizer"),
    ("scikit-learn", "numpy scipy joblib threadpoolctl"),
    ("scipy", "numpy"),
    ("seaborn", "matplotlib pandas numpy"),
    ("spacy", "numpy pydantic typer requests"),
    ("sqlalchemy", "greenlet typing-extensions"),
    ("sqlmodel", "sqlalchemy pydantic"),
    ("starlette", "anyio typing-extensions"),
    ("streamlit", "pandas numpy altair pillow requests tornado pyarrow"),
    ("torch", "numpy sympy networkx jinja2"),
    ("transformers", "numpy huggingface-hub tokenizers pyyaml requests regex tqdm packaging"),
    ("typer", "click rich typing-extensions"),
    ("uvicorn", "click h11"),
    ("websockets", ""),
];

/// What well-known extras bring, where it is not called as they are.
const EXTRAS: &[(&str, &str, &str)] = &[
    ("fastapi", "standard", "uvicorn httpx jinja2 python-multipart email-validator fastapi-cli typer rich"),
    (
        "fastapi",
        "all",
        "uvicorn httpx jinja2 python-multipart email-validator orjson ujson pyyaml pydantic-settings itsdangerous",
    ),
    ("uvicorn", "standard", "uvloop httptools websockets watchfiles python-dotenv pyyaml"),
    ("pyjwt", "crypto", "cryptography"),
    ("pydantic", "email", "email-validator"),
    ("sqlalchemy", "asyncio", "greenlet"),
    ("sqlalchemy", "postgresql", "psycopg2-binary"),
    ("starlette", "full", "httpx jinja2 itsdangerous python-multipart pyyaml"),
    ("flask", "async", "asgiref"),
    ("flask", "dotenv", "python-dotenv"),
    ("django", "argon2", "argon2-cffi"),
    ("passlib", "argon2", "argon2-cffi"),
    ("requests", "socks", "pysocks"),
    ("httpx", "http2", "h2"),
    ("strawberry-graphql", "fastapi", "fastapi python-multipart"),
];

/// What the extras of a distribution bring: what they are called after, and what is known of them.
pub(super) fn brought_by_extras<'e>(
    distribution: &str,
    extras: impl IntoIterator<Item = &'e str>,
) -> Vec<String> {
    let mut brought = Vec::new();
    for extra in extras.into_iter().map(normalised) {
        let rows = EXTRAS.iter().filter(|(name, own, _)| *name == distribution && *own == extra);
        brought.extend(rows.flat_map(|(_, _, names)| names.split_whitespace()).map(str::to_owned));
        brought.push(extra);
    }
    brought
}

static DISTRIBUTIONS: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| ODD.split_whitespace().filter_map(|pair| pair.split_once('=')).collect());

static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let odd = ODD.split_whitespace().filter_map(|pair| pair.split_once('=')).map(|(_, name)| name);
    odd.chain(PLAIN.split_whitespace()).collect()
});

/// The distribution that one installs to get the top-level module `module`; its own name where nothing else is known.
pub fn distribution_of(module: &str) -> String {
    DISTRIBUTIONS.get(module).map_or_else(|| normalised(module), |name| (*name).to_owned())
}

/// A distribution's name as PEP 503 compares it.
pub fn normalised(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.trim().chars() {
        if matches!(c, '-' | '_' | '.') {
            if !text.ends_with('-') {
                text.push('-');
            }
        } else {
            text.extend(c.to_lowercase());
        }
    }
    text
}

/// Whether it is well known which modules the distribution has: one of the lists above names it.
pub(super) fn is_known(distribution: &str) -> bool {
    KNOWN.contains(distribution)
}

/// Whether the module is one that many distributions share.
pub(super) fn is_shared(module: &str) -> bool {
    SHARED.contains(&module)
}

/// Other distributions that have the same module as the one that is usually meant.
pub(super) fn alternatives(distribution: &str) -> &'static [&'static str] {
    match distribution {
        "psycopg2-binary" => &["psycopg2"],
        "opencv-python" => {
            &["opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless"]
        }
        "pycryptodome" => &["pycrypto"],
        "python-multipart" => &["multipart"],
        "python-magic" => &["python-magic-bin", "file-magic"],
        "python-slugify" => &["unicode-slugify"],
        "python-dotenv" => &["dotenv"],
        "pyjwt" => &["jwt"],
        "faiss-cpu" => &["faiss-gpu"],
        "django-environ" => &["environ"],
        "kafka-python" => &["kafka-python-ng"],
        "tensorflow" => &["tensorflow-cpu", "tensorflow-macos", "tensorflow-gpu"],
        "websocket-client" => &["websocket"],
        "attrs" => &["attr"],
        "discord-py" => &["py-cord", "discord"],
        "ldap3" => &[],
        _ => &[],
    }
}

/// What the distribution brings along, as far as that is well known.
pub(super) fn brings(distribution: &str) -> impl Iterator<Item = &'static str> {
    let row = BRINGS.iter().find(|(name, _)| *name == distribution);
    row.into_iter().flat_map(|(_, names)| names.split_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_are_known_and_others_are_their_own() {
        for (module, distribution) in [
            ("dotenv", "python-dotenv"),
            ("jwt", "pyjwt"),
            ("PIL", "pillow"),
            ("flask_login", "flask-login"),
            ("Frobnicate", "frobnicate"),
        ] {
            assert_eq!(distribution_of(module), distribution);
        }
    }

    #[test]
    fn names_are_compared_as_the_index_does() {
        assert_eq!(normalised("Ruamel.Yaml"), "ruamel-yaml");
        assert_eq!(normalised("typing__extensions"), "typing-extensions");
    }
}
